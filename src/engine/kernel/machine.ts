import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  statSync,
} from 'node:fs'
import {release} from 'node:os'
import {
  type Attempt,
  tryFentry,
  tryHardwareCounters,
  tryKprobe,
  tryKprobeMulti,
  tryOwnPrograms,
  tryPerfEvents,
  tryPrograms,
  tryUprobeMulti,
} from './attach.js'
import {findPidNamespace, type PidNamespace} from './pidnamespace.js'

/** PROC_PID_INIT_INO of include/linux/proc_ns.h: the inode of the initial pid namespace. */
const initialPidNamespace = 'pid:[4026531836]'

/** include/uapi/linux/capability.h: the capabilities that tracing can need, by number. */
const capabilityNumbers = {
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_RESOURCE: 24,
  CAP_SYSLOG: 34,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const

export type Capability = keyof typeof capabilityNumbers
export const capabilities = Object.keys(capabilityNumbers) as Capability[]

/**
 * What is true of this machine. Every fact is read when it is first asked for, and once. Facts come from
 * looking at the machine, never from a version number or from what a tracer says of itself.
 */
export class Machine {
  readonly #facts = new Map<string, unknown>()

  /** The release of the running kernel, as `uname -r` says. */
  get kernel(): string {
    return release()
  }

  get uid(): number {
    return process.geteuid?.() ?? 0
  }

  /** Where the kernel's tracing files are mounted, or undefined. Mounts, because others than root see no files. */
  get tracefs(): string | undefined {
    const mounted = this.#mounts('tracefs')
    return ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'].find((path) => mounted.includes(path))
  }

  /** Whether tracefs is there and may be read; it belongs to root. */
  get tracefsReadable(): boolean {
    return this.#once('tracefsReadable', () => {
      try {
        return this.tracefs !== undefined && readdirSync(`${this.tracefs}/events`).length > 0
      } catch {
        return false
      }
    })
  }

  /** Whether tracefs takes new probes; in a container it is often mounted read-only. */
  get tracefsWritable(): boolean {
    return this.#once('tracefsWritable', () => {
      try {
        closeSync(openSync(`${this.tracefs}/uprobe_events`, constants.O_WRONLY))
        return true
      } catch {
        return false
      }
    })
  }

  /** How many tracepoints there are, or undefined where they may not be read. */
  get tracepoints(): number | undefined {
    return this.#once('tracepoints', () => {
      const list = this.#read(`${this.tracefs}/available_events`)
      return list === '' ? undefined : list.trim().split('\n').length
    })
  }

  /** Where cgroup v2 is mounted, the deepest first, so that a path finds the mount it is really on. */
  get cgroup2(): readonly string[] {
    return this.#mounts('cgroup2').toSorted((a, b) => b.length - a.length)
  }

  /** Whether the kernel describes its own types. */
  get btf(): boolean {
    return this.#once('btf', () => existsSync('/sys/kernel/btf/vmlinux'))
  }

  /** The kernel's lockdown mode: `none`, `integrity`, `confidentiality`, or undefined where it does not say. */
  get lockdown(): string | undefined {
    return this.#once('lockdown', () => /\[(\w+)\]/.exec(this.#read('/sys/kernel/security/lockdown'))?.[1])
  }

  /** Whether a tracepoint exists, as `syscalls:sys_enter_open`. */
  tracepoint(name: string): boolean {
    return this.#once(`tracepoint:${name}`, () =>
      this.#isThere(`${this.tracefs}/events/${name.replace(':', '/')}/id`),
    )
  }

  /** Whether a tracepoint has a field; kernels add some over time. */
  tracepointField(name: string, field: string): boolean {
    const format = this.#once(`format:${name}`, () =>
      this.#read(`${this.tracefs}/events/${name.replace(':', '/')}/format`),
    )
    return new RegExp(`\\tfield:[^;]*\\b${field}(\\[\\d*\\])?;`).test(format)
  }

  /** Whether the kernel has a function of this name that is not inlined away. */
  function(name: string): boolean {
    const symbols = this.#once('symbols', () => this.#read('/proc/kallsyms'))
    return ['t', 'T', 'w', 'W'].some((type) => symbols.includes(` ${type} ${name}\n`))
  }

  /** Whether the kernel runs programs that tstrace loads itself, found out by having it run one. */
  ownPrograms(): Promise<Attempt> {
    return this.#once('ownPrograms', tryOwnPrograms)
  }

  /** Whether the kernel takes BPF programs at all, found out by loading one. */
  programs(): Promise<Attempt> {
    return this.#once('programs', tryPrograms)
  }

  /** Whether performance events may be opened, found out by opening one: probes and samples are attached to them. */
  perfEvents(): Promise<Attempt> {
    return this.#once('perfEvents', tryPerfEvents)
  }

  /** Whether a kprobe can be attached, found out by attaching one. */
  kprobe(): Promise<Attempt> {
    return this.#once('kprobe', tryKprobe)
  }

  /** Whether an fentry program can be loaded, found out by loading one. */
  fentry(): Promise<Attempt> {
    return this.#once('fentry', tryFentry)
  }

  /** Whether many kprobes can be attached at once, found out by attaching one so. */
  kprobeMulti(): Promise<Attempt> {
    return this.#once('kprobeMulti', tryKprobeMulti)
  }

  /** Whether many uprobes of a file can be attached at once, likewise. */
  uprobeMulti(): Promise<Attempt> {
    return this.#once('uprobeMulti', tryUprobeMulti)
  }

  /** Whether hardware cycles can be counted, found out by counting them. */
  hardwareCounters(): Promise<Attempt> {
    return this.#once('hardware', tryHardwareCounters)
  }

  /** Whether tstrace runs in the pid namespace of the machine itself, where ids are those of the kernel. */
  get initialPidNamespace(): boolean {
    return this.#once('pidns', () => {
      try {
        return readlinkSync('/proc/self/ns/pid') === initialPidNamespace
      } catch {
        return true
      }
    })
  }

  /** The pid namespace of tstrace, where that is another one and the kernel tells. */
  async pidNamespace(): Promise<PidNamespace | undefined> {
    return this.initialPidNamespace ? undefined : this.#once('pid namespace', () => findPidNamespace())
  }

  /** Whether the process has a capability in effect. */
  can(capability: Capability): boolean {
    const effective = this.#once('capabilities', () =>
      BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(this.#read('/proc/self/status'))?.[1] ?? '0'}`),
    )
    return ((effective >> BigInt(capabilityNumbers[capability])) & 1n) === 1n
  }

  /** The places where file systems of a type are mounted. */
  #mounts(type: string): readonly string[] {
    return this.#once(`mounts ${type}`, () =>
      this.#read('/proc/self/mountinfo')
        .split('\n')
        .filter((line) => line.includes(` - ${type} `))
        .map((line) => line.split(' ')[4] ?? ''),
    )
  }

  /** Not access(2), for which the capabilities of others than root do not count. */
  #isThere(path: string): boolean {
    try {
      return statSync(path, {throwIfNoEntry: false}) !== undefined
    } catch {
      return false
    }
  }

  #read(path: string): string {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  }

  #once<T>(name: string, ask: () => T): T {
    if (!this.#facts.has(name)) this.#facts.set(name, ask())
    return this.#facts.get(name) as T
  }
}
