import type {Source, ToolDefinition} from '#src/engine/definition.js'
import type {AttachPoint} from '#src/engine/program/probe.js'
import {type FoundPattern, patternFlags} from '#src/engine/probing.js'
import {parsePattern} from '#src/engine/program/pattern.js'

/** Where most x86 systems have it, if only by a link. */
const library = '/lib/x86_64-linux-gnu/libc.so.6'
/** The C library of some distributions has no USDT probes; this one has, and bpftrace needs it. */
const libraryWithUsdt = '/usr/lib/x86_64-linux-gnu/libstdc++.so.6'

/** A probe of exceptions in C++. */
export function exceptionProbe(name: string): AttachPoint {
  return {kind: 'usdt', path: libraryWithUsdt, provider: 'libstdcxx', name}
}

/** For each source of the tools that take a pattern: one that means something on most machines, and what it is there. */
const examples: Readonly<Record<string, FoundPattern>> = {
  kprobe: found('vfs_read', [{kind: 'kprobe', name: 'vfs_read'}]),
  uprobe: found('c:malloc', [{kind: 'uprobe', path: library, name: 'malloc', address: 0x1000}]),
  tracepoint: found('t:sched:sched_switch', [{kind: 'tracepoint', category: 'sched', event: 'sched_switch'}]),
  usdt: found('u:stdc++:throw', [exceptionProbe('throw')]),
}

/** Of the functions of programs: malloc() is called so often by all of them that nobody wants to see each stack by hand. */
const byHand = found('c:getenv', [{kind: 'uprobe', path: library, name: 'getenv', address: 0x1000}])

/** The example of a program that is run by hand. */
export function exampleByHand(tool: ToolDefinition, source: Source): FoundPattern | undefined {
  return takesPattern(tool) && source.name === 'uprobe' ? byHand : exampleOf(tool, source)
}

/** What of the example a source has for a tool that takes a pattern; undefined for other tools. */
export function exampleOf(tool: ToolDefinition, {name}: Source): FoundPattern | undefined {
  return takesPattern(tool) ? examples[name] : undefined
}

export function takesPattern(tool: ToolDefinition): boolean {
  return Object.keys(patternFlags).every((flag) => flag in tool.flags)
}

/** What a pattern stands for, with an address for each probe. @param wildcards what stands for the probes */
export function found(
  pattern: string,
  points: readonly AttachPoint[],
  wildcards?: readonly AttachPoint[],
): FoundPattern {
  const probes = points.map((point, index) => ({point, label: labelOf(point), address: 0x1000 * (index + 1)}))
  return {
    pattern: parsePattern(pattern),
    probes,
    leftOut: [],
    known: () => [],
    points: wildcards ?? points,
    together: wildcards !== undefined,
    isWildcard: true,
  }
}

function labelOf(point: AttachPoint): string {
  if (point.kind === 'tracepoint') return `${point.category}:${point.event}`
  return ('name' in point ? point.name : undefined) ?? ''
}
