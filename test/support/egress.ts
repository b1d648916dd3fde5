import {closeSync, mkdirSync, openSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {native} from '#src/engine/kernel/native.js'

/** Commands and constants of include/uapi/linux/bpf.h. */
const progLoad = 5
const progAttach = 8
const progTypeCgroupSkb = 8
const cgroupInetEgress = 1

/** `mov r0, 0; exit`: let nothing pass. */
const dropAll = Buffer.from('b7000000000000009500000000000000', 'hex')

/** A cgroup whose sockets get no packet out. */
export interface BlockedCgroup {
  /** Makes something inside: a socket belongs to the cgroup in which it was made. */
  readonly inside: <T>(make: () => T) => T
  readonly remove: () => void
}

/** @param mount where cgroup v2 is */
export async function blockedCgroup(mount: string): Promise<BlockedCgroup> {
  const folder = join(mount, `tstrace-blocked-${process.pid}`)
  const own = join(mount, /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/')
  const enter = (cgroup: string): void => writeFileSync(join(cgroup, 'cgroup.procs'), `${process.pid}`)
  mkdirSync(folder)
  const undo = await dropEgress(folder)
  return {
    inside: (make) => {
      enter(folder)
      try {
        return make()
      } finally {
        enter(own)
      }
    },
    remove: () => {
      undo()
      rmdirSync(folder)
    },
  }
}

/**
 * Drops every packet that the sockets of a cgroup send: the kernel gives EPERM to whoever sends it.
 * @returns lets them pass again once the cgroup is removed, too
 */
async function dropEgress(cgroup: string): Promise<() => void> {
  const calls = await native()
  const license = Buffer.from('GPL\0')
  const load = Buffer.alloc(128)
  load.writeUInt32LE(progTypeCgroupSkb, 0)
  load.writeUInt32LE(dropAll.length / 8, 4)
  load.writeBigUInt64LE(calls.address(dropAll), 8)
  load.writeBigUInt64LE(calls.address(license), 16)
  load.writeUInt32LE(cgroupInetEgress, 68) // expected_attach_type
  const program = calls.bpf(progLoad, load)
  const folder = openSync(cgroup, 'r')
  const attach = Buffer.alloc(128)
  attach.writeUInt32LE(folder, 0)
  attach.writeUInt32LE(program, 4)
  attach.writeUInt32LE(cgroupInetEgress, 8)
  const result = calls.bpf(progAttach, attach)
  closeSync(folder)
  if (program < 0 || result < 0) throw new Error(`bpf: load ${program}, attach ${result}`)
  return () => calls.close(program)
}
