import {join} from 'node:path'
import type {JobFolders} from './job.js'
import type {Machine} from './prepare.js'

/** Streams from the guest, by the name of their virtio-serial port (stage2.sh knows them). */
export const ports = ['out', 'err', 'code'] as const

export type Port = (typeof ports)[number]

export const socketFile = (folder: string, port: Port): string => join(folder, `${port}.sock`)

const MEMORY = '3G'

/**
 * One CPU. Kernels patch their own code while they run (tracepoints, static keys, kprobes), and QEMU's multi-threaded
 * emulation may translate an instruction in the moment in which another CPU replaces it: then a CPU runs into a
 * breakpoint for ever that memory no longer has, and the guest stands still (QEMU 7.2, about one run in four). CPUs that
 * take turns in one thread are safe and slower than one alone, which also has the cheapest of clocks, the TSC.
 *
 * No protection keys (pku): node's V8 switches them for each piece of code that it compiles, and QEMU then forgets all
 * translated addresses. Without them tstrace starts in half the time.
 */
const PROCESSOR = ['-accel', 'tcg,thread=single', '-cpu', 'max,-pku', '-smp', '1']

/**
 * - panic=-1 with -no-reboot: a panic ends QEMU. An oops becomes a panic, so a broken kernel is never tested further.
 * - softlockup_panic: so does a CPU that stands still, after twice the seconds of watchdog_thresh; rcu_cpu_stall_timeout
 *   is for what the watchdog cannot see (console.ts). Three times the kernel's own limits: emulation is slow.
 * - nokaslr, mitigations=off: nothing to protect here, and software emulation pays dearly for them.
 * - rcu_expedited: attaching and detaching probes waits for RCU, which is slow on an emulated idle machine.
 */
const KERNEL_LINE = [
  'console=ttyS0 quiet panic=-1 oops=panic softlockup_panic=1 watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60',
  'nokaslr mitigations=off no5lvl rcupdate.rcu_expedited=1',
].join(' ')

/** Software emulation only: /dev/kvm of a cloud machine may exist and still not boot another kernel. */
export function qemuArguments(
  machine: Machine,
  folders: JobFolders,
  sockets: string,
  shell: boolean,
): string[] {
  const shares = {root: machine.root, kernel: machine.kernel, ...folders}
  return [
    ...PROCESSOR,
    ...['-m', MEMORY],
    ...['-display', 'none', '-nic', 'none', '-no-reboot', '-rtc', 'base=utc'],
    ...['-serial', shell ? 'mon:stdio' : 'stdio'],
    ...['-kernel', machine.image, '-initrd', machine.initramfs, '-append', KERNEL_LINE],
    ...Object.entries(shares).flatMap(([tag, path]) => share(tag, path)),
    ...['-device', 'virtio-serial-pci'],
    ...ports.flatMap((port) => [
      ...['-chardev', `socket,id=${port},path=${escape(socketFile(sockets, port))}`],
      ...['-device', `virtserialport,chardev=${port},name=${port}`],
    ]),
  ]
}

/** multidevs: files of several host file systems below one share must not get the same inode number. */
function share(tag: string, path: string): string[] {
  const fsdev = `local,id=${tag},path=${escape(path)},security_model=none,readonly=on,multidevs=remap`
  return ['-fsdev', fsdev, '-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`]
}

/** In QEMU's option lists a comma is doubled. */
const escape = (path: string): string => path.replaceAll(',', ',,')
