import {readdirSync, readFileSync, readlinkSync} from 'node:fs'

/** What a process holds in the kernel for tracing: programs, maps, links, events. */
export function heldBy(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`)
      return /^anon_inode:\[?(bpf|perf_event|btf)/.test(target) ? [target] : []
    } catch {
      return []
    }
  })
}

/** The ids in the kernel of what a process holds, from its file descriptors. */
export function idsOf(pid: number, kind: 'prog' | 'map' | 'link'): number[] {
  return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    const id = new RegExp(`^${kind}_id:\\s*(\\d+)`, 'm').exec(
      readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'),
    )?.[1]
    return id === undefined ? [] : [Number(id)]
  })
}
