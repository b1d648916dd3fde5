import {s64, u64} from '../../../program/ctype.js'
import {Mistake, type Place} from '../mistake.js'
import {isSame, joined, named, type Type} from './type.js'

/** What a map is for: a value of its own for each key, or something that all events are counted into. */
export type MapUse =
  | {readonly kind: 'value'}
  | {readonly kind: 'count'}
  | {readonly kind: 'sum' | 'min' | 'max' | 'avg' | 'stats'; signed: boolean}
  | {readonly kind: 'hist'; readonly bits: number}
  | {readonly kind: 'lhist'; readonly min: bigint; readonly max: bigint; readonly step: bigint}

/** A map that the program names, and what is known of it so far; it grows while the program is checked. */
export interface ProgramMap {
  /** With its `@`. */
  readonly name: string
  /** Undefined while nobody has given a key; empty for a map without. */
  key: Type[] | undefined
  /** Undefined while nobody has assigned to it. */
  value: Type | undefined
  use: MapUse | undefined
  /** How many keys it has room for, if the program says so. */
  entries?: number
  /** Whether the oldest key makes room for a new one. */
  lru?: boolean
}

/** Something was read before anybody said what it holds: another round will know. */
export class NotYetKnown extends Mistake {}

export class NothingAssigned extends NotYetKnown {
  readonly map: ProgramMap

  constructor(map: ProgramMap, place: Place) {
    super(`nothing is ever assigned to ${map.name}`, place)
    this.map = map
  }
}

/** The maps of a whole program. Their types are joined over all its clauses, round by round, until nothing changes. */
export class ProgramMaps {
  readonly #maps = new Map<string, ProgramMap>()
  #changed = false

  get all(): readonly ProgramMap[] {
    return [...this.#maps.values()]
  }

  /** Whether something was learned since this was last asked. */
  learned(): boolean {
    const changed = this.#changed
    this.#changed = false
    return changed
  }

  named(name: string): ProgramMap {
    const known = this.#maps.get(name)
    if (known !== undefined) return known
    const map: ProgramMap = {name, key: undefined, value: undefined, use: undefined}
    this.#maps.set(name, map)
    return map
  }

  /** A key of these types is used with a map. */
  key(map: ProgramMap, types: readonly Type[], place: Place): void {
    const plain = types.map(kept)
    if (map.key === undefined) {
      map.key = plain
      this.#changed = true
      return
    }
    const of = (key: readonly Type[]): string =>
      key.length === 0 ? 'no key' : `[${key.map(named).join(', ')}]`
    const both = map.key.map((type, index) => joined(type, plain[index] ?? type))
    if (plain.length !== map.key.length || !both.every((type) => type !== undefined))
      throw new Mistake(`${map.name} has ${of(map.key)} elsewhere, and ${of(plain)} here`, place)
    if (both.every((type, index) => isSame(type, map.key?.[index] ?? type))) return
    map.key = both
    this.#changed = true
  }

  /** A value of a type is assigned to a map. */
  value(map: ProgramMap, type: Type, place: Place): void {
    this.use(map, {kind: 'value'}, place)
    const plain = kept(type)
    const both = map.value === undefined ? plain : joined(map.value, plain)
    if (both === undefined)
      throw new Mistake(
        `${map.name} holds ${named(map.value ?? plain)}, and cannot hold ${named(plain)} as well`,
        place,
      )
    if (map.value !== undefined && isSame(both, map.value)) return
    map.value = both
    this.#changed = true
  }

  /** Whoever assigns to a map is not part of the program on this machine: nothing will be in it. */
  leaveEmpty(map: ProgramMap, place: Place): void {
    if (map.key === undefined) this.key(map, [s64], place)
    this.value(map, s64, place)
  }

  /** A map is used for something. */
  use(map: ProgramMap, use: MapUse, place: Place): void {
    const {use: known} = map
    if (known === undefined) {
      map.use = use
      this.#changed = true
      return
    }
    const same = isSameUse(known, use)
    if (!same) throw new Mistake(`${map.name} is used for ${useText(known, use)} elsewhere`, place)
    if ('signed' in known && 'signed' in use && use.signed && !known.signed) {
      known.signed = true
      this.#changed = true
    }
  }
}

/** What a map is used for that cannot be used for something else as well. */
function useText(known: MapUse, other: MapUse): string {
  if (known.kind === 'value') return 'plain values'
  if (known.kind === 'hist' && other.kind === 'hist')
    return `hist() with ${known.bits} bits, not ${other.bits},`
  if (known.kind === 'lhist' && other.kind === 'lhist')
    return `lhist() from ${known.min} to ${known.max} by ${known.step}`
  return `${known.kind}()`
}

function isSameUse(a: MapUse, b: MapUse): boolean {
  if (a.kind === 'hist') return b.kind === 'hist' && a.bits === b.bits
  if (a.kind === 'lhist') return b.kind === 'lhist' && a.min === b.min && a.max === b.max && a.step === b.step
  return a.kind === b.kind
}

/** Maps keep integers in 64 bits, and truth as the number it is. */
function kept(type: Type): Type {
  if (type.kind === 'tuple') return {kind: 'tuple', parts: type.parts.map(kept)}
  if (type.kind !== 'int' || type.literal) return type
  const wide = type.signed || type.isBool ? s64 : u64
  return type.names === undefined ? wide : {...wide, names: type.names}
}
