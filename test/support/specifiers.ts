import {kernelTypes} from '#src/engine/kernel/types.js'
import {tracepointFields} from '#src/engine/kernel/tracepointformat.js'
import type {Bt} from '#src/engine/program/bt.js'
import {type Clause, clauseText} from '#src/engine/program/clause.js'
import {type Distribution, distribution} from '#src/engine/program/distribution.js'
import {fieldValues} from '#src/engine/program/fields.js'
import {probe} from '#src/engine/program/probe.js'
import {parseSpecifier, type Purpose, type Specifier} from '#src/engine/program/specifier.js'

/** What this machine's kernel says of its types; nothing on a machine that says nothing. */
export const types = kernelTypes()

export interface Compiled extends Distribution {
  readonly specifier: Specifier
  readonly text: string
}

/**
 * The program of a specifier, for the functions and tracepoints it names, of which none is looked up.
 * @param path the file that stands for every library
 */
export function compile(
  source: string,
  {
    purpose = 'count',
    stringSize = 80,
    where = [],
    path = '/lib/a.so',
    index = 0,
  }: {
    purpose?: Purpose
    stringSize?: number
    where?: readonly (Bt | false | undefined)[]
    path?: string
    index?: number
  } = {},
): Compiled {
  const specifier = parseSpecifier(source, purpose, types)
  const {kind, library, name} = specifier
  const known = kind === 't' ? tracepointFields('/sys/kernel/tracing', library, name) : undefined
  const made = distribution(specifier, {
    ...{purpose, index, types, stringSize, where},
    fields: known && fieldValues(library, known, types),
    probes: (place) => probesOf(specifier, place, path),
  })
  return {...made, specifier, text: made.clauses.map(clauseText).join('\n')}
}

function probesOf(
  {kind, library, name}: Specifier,
  place: 'entry' | 'return',
  path: string,
): Clause['probes'] {
  if (kind === 't') return [probe({kind: 'tracepoint', category: library, event: name})]
  if (kind === 'u') return [probe({kind: 'usdt', path, provider: 'libc', name})]
  if (library === '') return [probe({kind: 'kprobe', name}, place)]
  return [probe({kind: 'uprobe', path, name, address: 1}, place)]
}
