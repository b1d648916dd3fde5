import {
  baseType,
  baseWords,
  type CType,
  type IntType,
  type KernelTypes,
  typedefs,
} from '../../../program/ctype.js'
import {didYouMean} from '../../../program/slip.js'
import {Mistake} from '../mistake.js'
import type {TypeName} from '../syntax/ast.js'

/** bpftrace's own names of integers. */
const integers: Readonly<Record<string, IntType>> = Object.fromEntries(
  ([8, 16, 32, 64] as const).flatMap((bits): [string, IntType][] => [
    [`int${bits}`, {kind: 'int', bits, signed: true}],
    [`uint${bits}`, {kind: 'int', bits, signed: false}],
  ]),
)

/** Bytes of the floating-point numbers of C on 64-bit Linux. BPF has no instructions for them. */
const floatingBytes: Readonly<Record<string, number>> = {float: 4, double: 8, 'long double': 16}

/** What a written type is in C. @throws Mistake where nobody knows it, unless it is only pointed to */
export function typeOf({words, pointers, lengths, place}: TypeName, types: KernelTypes | undefined): CType {
  let type: CType | undefined = baseOf(words, types)
  if (type === undefined && pointers === 0) {
    const name = words.join(' ')
    const near = didYouMean(name, [...(types?.names() ?? [])])
    const hint = types === undefined ? 'this kernel does not describe its types (no BTF)' : near
    throw new Mistake(`there is no type ${name}`, place, hint)
  }
  type ??= {kind: 'opaque', name: words.join(' ')}
  for (let count = 0; count < pointers; count++) type = {kind: 'pointer', to: type}
  for (const length of lengths.toReversed()) type = {kind: 'array', of: type, length: length ?? 0}
  return type
}

function baseOf(words: readonly string[], types: KernelTypes | undefined): CType | undefined {
  const [name = ''] = words
  const whole = words.join(' ')
  if (words.length === 1 && Object.hasOwn(integers, name)) return integers[name]
  if (Object.hasOwn(floatingBytes, whole))
    return {kind: 'opaque', name: whole, bytes: floatingBytes[whole] ?? 0}
  if (words.every((word) => baseWords.has(word))) return baseType(words)
  if (words.length === 1 && Object.hasOwn(typedefs, name)) return typedefs[name]
  if (name === 'void') return {kind: 'opaque', name: 'void'}
  return types?.named(whole)
}
