import {closeSync, openSync} from 'node:fs'
import {native} from '#src/engine/kernel/native.js'

/** Commands and constants of include/uapi/linux/bpf.h. */
const progLoad = 5
const progAttach = 8
const progTypeCgroupSkb = 8
const cgroupInetEgress = 1

/** `mov r0, 0; exit`: let nothing pass. */
const dropAll = Buffer.from('b7000000000000009500000000000000', 'hex')

/**
 * Drops every packet that the sockets of a cgroup send: the kernel gives EPERM to whoever sends it.
 * @returns lets them pass again once the cgroup is removed, too
 */
export async function dropEgress(cgroup: string): Promise<() => void> {
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
