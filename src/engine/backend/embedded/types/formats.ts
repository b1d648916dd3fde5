import {Mistake} from '../mistake.js'
import type {Call} from './arguments.js'
import {named, type Type} from './type.js'
import type {Value} from './tree.js'

/** `%-10.10s`, `%lld`, `%rx`: flags, width, precision, size, conversion. */
const specifier = /%(?:%|([-+ #0]*)(\d*)(?:\.(\d+))?(hh|h|ll|l|j|z|t)?(r[xh]?|[a-zA-Z]))/g

/** What an integer can be shown as. */
const numeric = new Set(['d', 'i', 'u', 'x', 'X', 'o', 'c', 'p'])
const readable = [
  'int',
  'tuple',
  'text',
  'ksym',
  'usym',
  'inet',
  'mac',
  'username',
  'time',
  'stack',
  'cgroup',
  'errno',
  'choice',
]

/** @throws Mistake where a format and its values do not go together */
export function checkFormat(call: Call, format: string, values: readonly Value[]): void {
  const conversions = [...format.matchAll(specifier)]
    .map(([, , , , , conversion]) => conversion)
    .filter((each) => each !== undefined)
  if (conversions.length !== values.length)
    throw new Mistake(
      `the format of ${call.name}() has ${conversions.length} ${conversions.length === 1 ? 'place' : 'places'} for ${values.length} ${values.length === 1 ? 'value' : 'values'}`,
      call.place,
    )
  conversions.forEach((conversion, index) => {
    const value = values[index]
    if (value !== undefined && !goes(conversion, value.type))
      throw new Mistake(`%${conversion} cannot show ${named(value.type)}`, value.place)
  })
}

function goes(conversion: string, type: Type): boolean {
  const {kind} = type
  // As print() shows it, which bpftrace 0.23 refuses and 0.27 does.
  if (conversion === 's') return readable.includes(kind)
  if (conversion.startsWith('r')) return kind === 'buffer'
  if (!numeric.has(conversion)) return false
  return kind === 'int' || kind === 'pointer' || kind === 'ksym' || kind === 'errno'
}
