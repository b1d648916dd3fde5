import {readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {Bpf} from '#src/engine/kernel/bpf.js'
import {native} from '#src/engine/kernel/native.js'

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

/** What the kernel says of each file descriptor of a process, but of those it closed meanwhile. */
export function fdinfoOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    try {
      return [readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')]
    } catch {
      return []
    }
  })
}

/** The ids of a process's programs, maps and links in the kernel, from its file descriptors. */
export function idsOf(pid: number): Record<Kind, number[]> {
  const texts = fdinfoOf(pid)
  const ids = (name: string): number[] =>
    texts.flatMap((text) => new RegExp(`^${name}_id:\\s*(\\d+)`, 'm').exec(text)?.slice(1).map(Number) ?? [])
  return {program: ids('prog'), map: ids('map'), link: ids('link')}
}

type Kind = 'program' | 'map' | 'link'

/** Resolves when the kernel has none of these any more, which it forgets a moment after nobody uses them. */
export async function forgotten(ids: Record<Kind, number[]>, timeoutMs = 20_000): Promise<void> {
  const bpf = new Bpf(await native())
  const end = performance.now() + timeoutMs
  for (;;) {
    const left = (['program', 'map', 'link'] as const).flatMap((kind) => {
      const all = new Set(bpf.ids(kind))
      return ids[kind].filter((id) => all.has(id)).map((id) => `${kind} ${id}`)
    })
    if (left.length === 0) return
    if (performance.now() > end) throw new Error(`still in the kernel: ${left.join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
