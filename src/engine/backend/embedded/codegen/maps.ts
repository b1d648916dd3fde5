import {u64} from '../../../program/ctype.js'
import type {Register} from '../assembler.js'
import {helpers, updateFlags} from '../helpers.js'
import type {Place} from '../mistake.js'
import type {ProgramMap} from '../types/maps.js'
import {isScalar, offsetsOf, storedSize} from '../types/type.js'
import type {Action, Value} from '../types/tree.js'
import {moved, type Spot} from './frame.js'
import type {Generator} from './generator.js'
import {clearTotal, evaluateTotal} from './percpu.js'
import {buckets} from './objectbuilder.js'
import {withKernelId} from './internalids.js'
import {clearThread, lookUpThread, setThread} from './threadmaps.js'

/** The key as the kernel's map wants it, in memory that stays taken; of a histogram, with place for the bucket behind it. */
export function storeKey(g: Generator, map: ProgramMap, key: readonly Value[], place: Place): Spot {
  const types = map.key ?? []
  const isBucketed = map.use?.kind === 'hist' || map.use?.kind === 'lhist'
  const size = types.reduce((sum, type) => sum + storedSize(type), 0) + (isBucketed ? 8 : 0)
  const spot = g.take(Math.max(8, size), place)
  const offsets = offsetsOf(types)
  key.forEach((part, index) => {
    const value = g.object.isInternalId(map, index) ? withKernelId(part) : part
    g.briefly(() => g.store(value, moved(spot, offsets[index] ?? 0), types[index]))
  })
  if (types.length === 0) g.asm.store(4, spot.base, spot.offset, 0)
  return spot
}

/** r0 = where the value of a key is in the map, or 0. */
export function lookUp(g: Generator, map: ProgramMap, key: Spot): void {
  g.asm.map('r1', g.object.map(map))
  g.address('r2', key)
  g.asm.call(helpers.map_lookup_elem)
}

/** Writes the value in memory under a key; what does not fit is counted. */
export function update(
  g: Generator,
  map: ProgramMap,
  key: Spot,
  value: Spot,
  flags: number = updateFlags.any,
): void {
  const {asm} = g
  asm.map('r1', g.object.map(map))
  g.address('r2', key)
  g.address('r3', value)
  asm.move('r4', flags)
  asm.call(helpers.map_update_elem)
}

/** Counts what `update` could not write. */
export function countFull(g: Generator, map: ProgramMap): void {
  if ((map.key ?? []).length === 0) return
  const written = g.asm.label('written')
  g.asm.jumpIf('r0', '==', 0, written)
  g.countLoss({kind: 'map full', named: g.object.named(map)})
  g.asm.here(written)
}

const isSingle = (map: ProgramMap): boolean => (map.key ?? []).length === 0

/** r0 = where the value of a map is, or a jump to `missing`; the key stays taken. */
function find(
  g: Generator,
  value: {map: ProgramMap; key: readonly Value[]; place: Place},
  missing: () => void,
): void {
  const {map, key, place} = value
  if (isSingle(map)) {
    g.asm.mapValue('r0', g.object.map(map))
    return
  }
  if (g.object.isOfThreads(map)) lookUpThread(g, map)
  else lookUp(g, map, storeKey(g, map, key, place))
  missing()
}

/** The number that a map holds for a key, or 0. */
export function evaluateMap(g: Generator, value: Value & {op: 'map'}, dst: Register): void {
  const {asm} = g
  const [missing, done] = [asm.label('missing'), asm.label('found')]
  const {map, key, place} = value
  if (map.use?.kind !== 'value') {
    g.briefly(() => evaluateTotal(g, map, storeKey(g, map, key, place), dst, place))
    return
  }
  g.briefly(() => find(g, value, () => asm.jumpIf('r0', '==', 0, missing)))
  asm.load(8, dst, 'r0', 0)
  if (isSingle(map)) return
  asm.jump(done)
  asm.here(missing)
  asm.move(dst, 0)
  asm.here(done)
}

/** The same for what is in memory. */
export function copyMap(g: Generator, value: Value & {op: 'map'}, spot: Spot): void {
  const {asm} = g
  const [missing, done] = [asm.label('missing'), asm.label('found')]
  const size = storedSize(value.type)
  g.briefly(() => find(g, value, () => asm.jumpIf('r0', '==', 0, missing)))
  g.copy('r0', spot, size)
  if (isSingle(value.map)) return
  asm.jump(done)
  asm.here(missing)
  g.zero(spot, size)
  asm.here(done)
}

/** 1 if a map has a key, else 0. */
export function evaluateHas(g: Generator, {map, key, place}: Value & {op: 'has'}, dst: Register): void {
  g.briefly(() => lookUp(g, map, storeKey(g, map, key, place)))
  wasFound(g, dst)
}

/** 1 if a map that somebody else pinned has a key, else 0. */
export function evaluatePinnedHas(
  g: Generator,
  {path, key, place}: Value & {op: 'pinnedHas'},
  dst: Register,
): void {
  g.briefly(() => {
    const spot = g.take(8, place)
    g.briefly(() => g.store(key, spot, u64))
    g.asm.map('r1', g.object.pinnedMap(path, 8))
    g.address('r2', spot)
    g.asm.call(helpers.map_lookup_elem)
  })
  wasFound(g, dst)
}

/** 1 if r0 is where a value is, 0 if there is none. */
function wasFound({asm}: Generator, dst: Register): void {
  const missing = asm.label('missing')
  asm.move(dst, 'r0')
  asm.jumpIf(dst, '==', 0, missing)
  asm.move(dst, 1)
  asm.here(missing)
}

/** `@map[key] = value` */
export function setMap(g: Generator, {map, key, value, place}: Action & {op: 'setMap'}): void {
  const {asm} = g
  const type = map.value ?? value.type
  const size = storedSize(type)
  g.briefly(() => {
    if (isSingle(map) && isScalar(type)) {
      g.evaluate(value, 'r0')
      asm.mapValue('r1', g.object.map(map))
      asm.store(8, 'r1', 0, 'r0')
      asm.store(8, 'r1', 8, 1)
      return
    }
    const spot = g.take(size + 8, place)
    g.briefly(() => g.store(value, spot, type))
    if (g.object.isOfThreads(map)) {
      setThread(g, map, spot)
      return
    }
    if (isSingle(map)) asm.store(8, spot.base, spot.offset + size, 1)
    const at = storeKey(g, map, key, place)
    update(g, map, at, spot)
    countFull(g, map)
  })
}

/** `++` and `--`; what was there before, or is there now, in a register unless nobody wants it. */
export function evaluateStep(g: Generator, value: Value & {op: 'step'}, dst: Register | undefined): void {
  const {asm} = g
  const {target, before, place} = value
  const by = Number(value.by)
  if (target.kind === 'variable') {
    const {base, offset} = g.variable(target.variable)
    const into = dst ?? 'r0'
    asm.load(8, into, base, offset)
    asm.alu64('+', into, by)
    if (value.type.kind === 'int' && value.type.bits < 64)
      asm.narrow(into, (value.type.bits / 8) as 1 | 2 | 4, value.type.signed)
    asm.store(8, base, offset, into)
    if (before && dst !== undefined) asm.alu64('-', into, by)
    return
  }
  const {map, key} = target
  /** r0 points to the number. */
  const change = (): void => {
    if (dst === undefined) {
      asm.move('r1', by)
      asm.atomicAdd(8, 'r0', 0, 'r1')
    } else {
      asm.load(8, 'r1', 'r0', 0)
      asm.alu64('+', 'r1', by)
      asm.store(8, 'r0', 0, 'r1')
      asm.move(dst, 'r1')
      if (before) asm.alu64('-', dst, by)
    }
  }
  if (isSingle(map)) {
    asm.mapValue('r0', g.object.map(map))
    asm.store(8, 'r0', 8, 1)
    change()
    return
  }
  const [missing, done, lost] = [asm.label('missing'), asm.label('stepped'), asm.label('lost')]
  g.briefly(() => {
    const at = storeKey(g, map, key, place)
    lookUp(g, map, at)
    asm.jumpIf('r0', '==', 0, missing)
    change()
    asm.jump(done)
    asm.here(missing)
    const first = g.take(8, place)
    asm.store(8, first.base, first.offset, by)
    update(g, map, at, first, updateFlags.onlyNew)
    const written = asm.label('written')
    asm.jumpIf('r0', '==', 0, written)
    // Another CPU was faster, or the map is full.
    lookUp(g, map, at)
    asm.jumpIf('r0', '==', 0, lost)
    change()
    asm.jump(done)
    asm.here(lost)
    g.countLoss({kind: 'map full', named: g.object.named(map)})
    asm.here(written)
    if (dst !== undefined) asm.move(dst, before ? 0 : by)
    asm.here(done)
  })
}

/** `delete(@map[key])`; r0 is below 0 if there was no such key. */
export function deleteKey(
  g: Generator,
  {map, key, place}: {readonly map: ProgramMap; readonly key: readonly Value[]; readonly place: Place},
): void {
  const {asm} = g
  const use = map.use ?? {kind: 'value'}
  if (isSingle(map)) {
    if (use.kind !== 'value') {
      clearTotal(g, map, place)
      return
    }
    const size = storedSize(map.value ?? {kind: 'int', bits: 64, signed: true})
    asm.mapValue('r1', g.object.map(map))
    for (let at = 0; at < size + 8; at += 8) asm.store(8, 'r1', at, 0)
    asm.move('r0', 0)
    return
  }
  if (g.object.isOfThreads(map)) {
    clearThread(g, map)
    return
  }
  g.briefly(() => {
    const at = storeKey(g, map, key, place)
    const remove = (): void => {
      asm.map('r1', g.object.map(map))
      g.address('r2', at)
      asm.call(helpers.map_delete_elem)
    }
    if (use.kind !== 'hist' && use.kind !== 'lhist') {
      remove()
      return
    }
    const again = asm.label('bucket')
    const bucket = moved(at, storedSizeOfKey(map))
    const count = g.frame.stack(8, place)
    asm.store(8, count.base, count.offset, 0)
    asm.here(again)
    asm.load(8, 'r1', count.base, count.offset)
    asm.store(8, bucket.base, bucket.offset, 'r1')
    remove()
    asm.load(8, 'r1', count.base, count.offset)
    asm.alu64('+', 'r1', 1)
    asm.store(8, count.base, count.offset, 'r1')
    asm.jumpIf('r1', '<', buckets(use), again)
  })
}

/** Bytes of the key without the bucket. */
export function storedSizeOfKey(map: ProgramMap): number {
  return (map.key ?? []).reduce((sum, type) => sum + storedSize(type), 0)
}
