import {globToRegExp, isGlob} from '../../../program/glob.js'
import {MachineError} from '../../../errors.js'
import {misexecuted} from '../../../kernel/probes/evex.js'
import {programTypes} from '../helpers.js'
import {Mistake, unsupported} from '../mistake.js'
import type {ProbeName} from '../syntax/ast.js'
import type {UserPlace} from '../context.js'
import type {ProbeFacts} from '../types/probe.js'
import {isAddress, requireHarmless} from './placement.js'
import type {Resolving} from './resolve.js'

type Resolve = (probe: ProbeName, words: readonly string[], resolving: Resolving) => readonly ProbeFacts[]

/** `uprobe:file:function`, `uprobe:file:function+offset`, `uprobe:file:0xaddress`. */
export function resolveUser(kind: 'uprobe' | 'uretprobe'): Resolve {
  return (probe, words, {context, warnings}) => {
    const {place, text} = probe
    const [target = '', ...rest] = words
    if (rest.length > 1 && rest[0] === 'cpp') throw unsupported('the name of a C++ function (cpp:)', place)
    // Names of Rust and C++ have colons.
    const [, name = '', by] = /^(.*?)(?:\+(0x[\da-fA-F]+|\d+))?$/.exec(rest.join(':')) ?? []
    if (target === '' || name === '') throw new Mistake(`a ${kind} is named file:function`, place)
    return filesOf(target, place, context).flatMap((path) => {
      const offset = by === undefined ? 0 : Number(by)
      const named = placesIn(path, name, context)
      // A function begins where its name says.
      if (by !== undefined || isAddress(name))
        for (const each of named) requireHarmless(kind, probe, path, each, offset, context)
      const all = named.map((each) => ({...each, offset: each.offset + offset}))
      const places = all.filter((each) => !context.isMisexecuted(path, each.offset))
      if (all.length > places.length) {
        const left = all.filter((each) => !places.includes(each)).map((each) => each.name)
        const what = `functions of ${path} ${misexecuted}: ${left.join(' ')}`
        // Another engine would do the same harm.
        if (places.length === 0) throw new MachineError(`cannot attach ${text}: ${what}`)
        warnings.add(`${what}: left out`)
      }
      if (places.length === 0) return []
      const fact = (of: readonly UserPlace[], label: string): ProbeFacts => ({
        kind,
        label: `${kind}:${path}:${label}`,
        attachment: {
          ...{kind, path, offsets: of.map((each) => each.offset)},
          ...(of.length > 1 && {names: of.map((each) => each.name)}),
        },
        programType: programTypes.kprobe,
        space: 'user',
        ...(of.length > 1 && {split: () => of.map((each) => fact([each], each.name))}),
      })
      const [only, ...others] = places
      const meant = only !== undefined && others.length === 0 && isGlob(name) ? only.name : name
      return [fact(places, by === undefined ? meant : `${meant}+${by}`)]
    })
  }
}

function filesOf(
  target: string,
  place: ProbeName['place'],
  {files}: Resolving['context'],
): readonly string[] {
  const found = files(target)
  if (found.length === 0 && isGlob(target)) throw unsupported('a wildcard for files', place)
  return found
}

function placesIn(
  path: string,
  name: string,
  {userFunctions, userOffset}: Resolving['context'],
): readonly UserPlace[] {
  if (isAddress(name)) {
    const offset = userOffset(path, Number(name))
    return offset === undefined ? [] : [{name, offset}]
  }
  const found = userFunctions(path, name)
  // Several names of one place are one probe.
  return [...new Map(found.map((each) => [each.offset, each])).values()]
}

/** `usdt:file:provider:name`, `usdt:file::name`, `usdt:file:name`. */
export const resolveUsdt: Resolve = ({place}, words, {context}) => {
  const [target = '', ...rest] = words
  const [provider, name] = rest.length > 1 ? [rest[0] || '*', rest.slice(1).join(':')] : ['*', rest[0] ?? '']
  if (name === '') throw new Mistake('a probe of kind usdt is named file:provider:name', place)
  if (target === '') throw unsupported('a USDT probe of the files that a process has', place)
  const [providers, names] = [globToRegExp(provider), globToRegExp(name)]
  return filesOf(target, place, context).flatMap((path) => {
    const groups = new Map<
      string,
      {label: string; operands: readonly string[]; places: {offset: number; semaphore: number}[]}
    >()
    for (const each of context.usdt(path)) {
      if (!providers.test(each.provider) || !names.test(each.name)) continue
      const label = `usdt:${path}:${each.provider}:${each.name}`
      const key = `${label} ${each.arguments}`
      const group = groups.get(key) ?? {
        label,
        operands: each.arguments.split(/\s+/).filter(Boolean),
        places: [],
      }
      group.places.push({offset: each.offset, semaphore: each.semaphore})
      groups.set(key, group)
    }
    return [...groups.values()].map(({label, operands, places}): ProbeFacts => ({
      kind: 'usdt',
      label,
      attachment: {
        kind: 'uprobe',
        path,
        offsets: places.map(({offset}) => offset),
        semaphores: places.map(({semaphore}) => semaphore),
      },
      programType: programTypes.kprobe,
      space: 'user',
      operands,
    }))
  })
}
