import {globToRegExp, isGlob} from '../../../program/glob.js'
import {fieldValues, type TracepointField} from '../../../program/fields.js'
import {type CType, typedefs, u8} from '../../../program/ctype.js'
import {programTypes} from '../helpers.js'
import {Mistake} from '../mistake.js'
import type {ProbeName} from '../syntax/ast.js'
import type {Argument, Arguments, ProbeFacts} from '../types/probe.js'
import type {Resolving} from './resolve.js'

/** `tracepoint:category:event`, both with wildcards. */
export function resolveTracepoints(
  {place}: ProbeName,
  words: readonly string[],
  {context, types}: Resolving,
): ProbeFacts[] {
  const [category = '', event = '', ...more] = words
  if (event === '' || more.length > 0) throw new Mistake('a tracepoint is named category:event', place)
  const fact = (of: string, name: string): ProbeFacts => {
    return {
      kind: 'tracepoint',
      label: `tracepoint:${of}:${name}`,
      attachment: {kind: 'tracepoint', category: of, name},
      programType: programTypes.tracepoint,
      space: 'kernel',
      args: () => argumentsOf(of, context.tracepoint(of, name) ?? [], types),
    }
  }
  if (!isGlob(category) && !isGlob(event))
    return context.tracepoint(category, event) === undefined ? [] : [fact(category, event)]
  const patterns = [globToRegExp(category), globToRegExp(event)] as const
  return context
    .tracepoints()
    .map((label) => [label.slice(0, label.indexOf(':')), label.slice(label.indexOf(':') + 1)] as const)
    .filter(([of, name]) => patterns[0].test(of) && patterns[1].test(name))
    .map(([of, name]) => fact(of, name))
}

/** What the type of a field means is found out when it is used: to read the types of the kernel takes a while. */
function argumentsOf(
  category: string,
  fields: readonly TracepointField[],
  types: Resolving['types'],
): Arguments {
  return {
    keys: () => fields.map(({name}) => name).values(),
    get: (name) => {
      const field = fields.find((each) => each.name === name)
      if (field === undefined) return undefined
      const {isElsewhere} = field
      const type = isElsewhere
        ? elementOf(field)
        : (fieldValues(category, [field], types).get(name)?.type ?? u8)
      return {kind: 'field', field, type, isElsewhere}
    },
  }
}

/** What data that is elsewhere consists of; bytes where its type is not a plain one. */
function elementOf({type}: TracepointField): CType {
  if (/^(const |signed )*char$/.test(type)) return {kind: 'int', bits: 8, signed: true}
  const name = type.replace(/^const /, '')
  return Object.hasOwn(typedefs, name) ? (typedefs[name] ?? u8) : u8
}

/** `rawtracepoint:event`, with a module before it since bpftrace 0.22. */
export function resolveRawTracepoints(
  {place}: ProbeName,
  words: readonly string[],
  {context}: Resolving,
): ProbeFacts[] {
  const event = words.at(-1) ?? ''
  if (event === '' || words.length > 2) throw new Mistake('a raw tracepoint is named by its event', place)
  const names = isGlob(event)
    ? [...new Set(context.tracepoints().map((label) => label.slice(label.indexOf(':') + 1)))].filter((name) =>
        globToRegExp(event).test(name),
      )
    : [event]
  return names.map((name) => {
    let args: ReadonlyMap<string, Argument> | undefined
    return {
      kind: 'rawtracepoint',
      label: `rawtracepoint:${name}`,
      attachment: {kind: 'rawtracepoint', name},
      programType: programTypes.rawTracepoint,
      space: 'kernel',
      // The first parameter is the tracer's own.
      args: () =>
        (args ??= new Map(
          (context.functionType(`__traceiter_${name}`)?.parameters ?? [])
            .slice(1)
            .map((each, index) => [each.name, {kind: 'slot', index, type: each.type}] as const),
        )),
    }
  })
}
