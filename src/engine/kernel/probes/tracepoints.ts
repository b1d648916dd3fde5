import {readFileSync} from 'node:fs'
import {MachineError} from '../../errors.js'
import type {NamePattern} from '../../program/pattern.js'
import {canName} from '../../program/probe.js'
import type {Machine} from '../machine.js'
import {type Found, sorted} from './found.js'

/** All tracepoints, as `category:event`. @throws MachineError where they may not be read */
export function readTracepoints(machine: Machine): string[] {
  if (machine.tracefs === undefined) {
    throw new MachineError("the kernel's tracing file system is not mounted", {
      hint: 'type this as root: mount -t tracefs nodev /sys/kernel/tracing',
    })
  }
  const path = `${machine.tracefs}/available_events`
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean)
  } catch (cause) {
    throw new MachineError(`could not read the list of tracepoints in ${path}`, {
      hint: 'run tstrace as root',
      cause,
    })
  }
}

/** The tracepoints of a list that a pattern matches. */
export function findTracepoints(category: NamePattern, event: NamePattern, list: readonly string[]): Found {
  const matching = list
    .map((label) => ({label, at: label.indexOf(':')}))
    .map(({label, at}) => ({label, category: label.slice(0, at), event: label.slice(at + 1)}))
    .filter((each) => category.matches(each.category) && event.matches(each.event))
    .map(({label, ...names}) => ({label, point: {kind: 'tracepoint', ...names} as const}))
  return {
    probes: sorted(matching.filter(({point}) => canName(point))),
    leftOut: matching
      .filter(({point}) => !canName(point))
      .map(({label}) => ({name: label, why: 'have a name that a program cannot hold'})),
    known: () => list,
  }
}
