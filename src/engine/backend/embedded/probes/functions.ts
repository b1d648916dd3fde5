import type {FunctionType} from '../context.js'
import {isGlob} from '../../../program/glob.js'
import {programTypes} from '../helpers.js'
import {Mistake, unsupported} from '../mistake.js'
import type {ProbeName} from '../syntax/ast.js'
import type {Argument, ProbeFacts} from '../types/probe.js'
import type {Resolving} from './resolve.js'

type Resolve = (probe: ProbeName, words: readonly string[], resolving: Resolving) => readonly ProbeFacts[]

/** `kprobe:function`, `kprobe:function+offset`, `kprobe:module:function`; all that a wildcard stands for at once. */
export function resolveKernel(kind: 'kprobe' | 'kretprobe'): Resolve {
  return ({place}, words, {context}) => {
    const [, name = '', by] = /^([^+]*)(?:\+(\w+))?$/.exec(words.at(-1) ?? '') ?? []
    const offset = by === undefined ? 0 : Number(by)
    if (name === '' || words.length > 2 || !Number.isSafeInteger(offset))
      throw new Mistake(`a ${kind} is named by a function`, place)
    if (/^0x|^\d/.test(name)) throw unsupported(`a ${kind} at an address`, place)
    if (offset !== 0 && (kind === 'kretprobe' || isGlob(name)))
      throw new Mistake('this cannot have an offset', place)
    const functions = context.functions(name)
    const fact = (label: string, names: readonly string[]): ProbeFacts => ({
      kind,
      label,
      attachment: {kind, functions: names, offset},
      programType: programTypes.kprobe,
      space: 'kernel',
      ...(names.length > 1 && {split: () => names.map((each) => fact(`${kind}:${each}`, [each]))}),
    })
    if (functions.length === 0) return []
    return [
      fact(
        isGlob(name) && functions.length > 1
          ? `${kind}:${name}`
          : `${kind}:${functions[0] ?? ''}${by === undefined ? '' : `+${by}`}`,
        functions,
      ),
    ]
  }
}

/** `fentry:function`, `fentry:module:function`. */
export function resolveFentry(kind: 'fentry' | 'fexit'): Resolve {
  return ({place}, words, {context}) => {
    const name = words.at(-1) ?? ''
    if (name === '' || words.length > 2)
      throw new Mistake(`a probe of kind ${kind} is named by a function`, place)
    if (name.startsWith('bpf:')) throw unsupported('a probe of a BPF program', place)
    const names = isGlob(name) ? context.functions(name) : [name]
    return names.flatMap((each) => {
      const type = context.functionType(each)
      if (type === undefined) return []
      const args = slots(type.parameters)
      return [
        {
          kind,
          label: `${kind}:${each}`,
          attachment: {kind, function: each, typeId: type.typeId},
          programType: programTypes.tracing,
          space: 'kernel',
          args: () => args,
          isOwn: true,
          ...(kind === 'fexit' && {returned: {type: type.returned, slot: type.parameters.length}}),
        } as const,
      ]
    })
  }
}

/** `iter:task`: for each object of a kind. The members of `ctx` are the parameters of the kernel's bpf_iter_task(). */
export const resolveIterator: Resolve = ({place}, words, {context}) => {
  const [name = '', ...more] = words
  if (name === '' || isGlob(name))
    throw new Mistake('an iterator is named by what it goes over, such as iter:task', place)
  if (more.length > 0) throw unsupported('an iterator that is pinned to a file', place)
  const type = context.functionType(`bpf_iter_${name}`)
  if (type === undefined) return []
  const args = slots(type.parameters)
  return [
    {
      kind: 'iter',
      label: `iter:${name}`,
      attachment: {kind: 'iter', target: name, typeId: type.typeId},
      programType: programTypes.tracing,
      space: 'kernel',
      context: () => args,
      isOwn: true,
    },
  ]
}

/** Parameters by their names, each in 8 bytes of the context. */
function slots(parameters: FunctionType['parameters']): ReadonlyMap<string, Argument> {
  return new Map(parameters.map(({name, type}, index) => [name, {kind: 'slot', index, type}]))
}
