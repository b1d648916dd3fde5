import type {Register} from '../assembler.js'
import type {Action, Aggregation} from '../types/tree.js'
import {moved, type Spot} from './frame.js'
import type {Generator} from './generator.js'
import {countFull, lookUp, storedSizeOfKey, storeKey, update} from './maps.js'

type Aggregate = Action & {op: 'aggregate'}

/** Gets back the number that is counted, which waits while the map is looked at. */
type Load = (dst: Register) => void

/** Counts into the value that a map has for this CPU. */
export function aggregate(g: Generator, action: Aggregate): void {
  const {into} = action
  g.briefly(() => {
    if (into.kind === 'count') counted(g, action, undefined)
    else if (into.kind === 'hist' || into.kind === 'lhist') bucketed(g, action, into)
    else g.waiting(into.value, (load) => counted(g, action, load))
  })
}

function counted(g: Generator, {map, key, into, place}: Aggregate, load: Load | undefined): void {
  const at = storeKey(g, map, key, place)
  const single = (map.key ?? []).length === 0
  change(g, map, at, {
    found: () => {
      add(g, into.kind, load, 'signed' in (map.use ?? {}) && (map.use as {signed: boolean}).signed)
      if (single && into.kind === 'sum') g.asm.store(8, 'r0', 8, 1)
    },
    first: (spot) => begin(g, into.kind, load, spot),
    size: into.kind === 'count' || into.kind === 'sum' ? 8 : 16,
  })
}

/** r0 points to the value of this CPU. */
function add(g: Generator, kind: Aggregation['kind'], load: Load | undefined, signed: boolean): void {
  const {asm} = g
  if (kind === 'min' || kind === 'max') {
    const [set, done] = [asm.label('set'), asm.label('kept')]
    load?.('r1')
    asm.load(8, 'r2', 'r0', 8)
    asm.jumpIf('r2', '==', 0, set)
    asm.load(8, 'r3', 'r0', 0)
    const keeps = kind === 'min' ? '>=' : '<='
    asm.jumpIf('r1', signed ? `s${keeps}` : keeps, 'r3', done)
    asm.here(set)
    asm.store(8, 'r0', 0, 'r1')
    asm.store(8, 'r0', 8, 1)
    asm.here(done)
    return
  }
  if (load) load('r1')
  else asm.move('r1', 1)
  asm.load(8, 'r2', 'r0', 0)
  asm.alu64('+', 'r2', 'r1')
  asm.store(8, 'r0', 0, 'r2')
  if (kind === 'avg' || kind === 'stats') {
    asm.load(8, 'r2', 'r0', 8)
    asm.alu64('+', 'r2', 1)
    asm.store(8, 'r0', 8, 'r2')
  }
}

/** The value of a key that comes for the first time. */
function begin(
  {asm}: Generator,
  kind: Aggregation['kind'],
  load: Load | undefined,
  {base, offset}: Spot,
): void {
  if (load) {
    load('r1')
    asm.store(8, base, offset, 'r1')
  } else asm.store(8, base, offset, 1)
  if (kind !== 'count' && kind !== 'sum') asm.store(8, base, offset + 8, 1)
}

function change(
  g: Generator,
  map: Aggregate['map'],
  at: Spot,
  {found, first, size}: {found: () => void; first: (spot: Spot) => void; size: number},
): void {
  const {asm} = g
  const [missing, done] = [asm.label('missing'), asm.label('counted')]
  lookUp(g, map, at)
  asm.jumpIf('r0', '==', 0, missing)
  found()
  if ((map.key ?? []).length === 0) {
    asm.here(missing)
    return
  }
  asm.jump(done)
  asm.here(missing)
  const spot = g.frame.stack(size, {from: 0, to: 1})
  first(spot)
  update(g, map, at, spot)
  countFull(g, map)
  asm.here(done)
}

function bucketed(
  g: Generator,
  {map, key, place}: Aggregate,
  into: Aggregation & {kind: 'hist' | 'lhist'},
): void {
  const {asm} = g
  const at = storeKey(g, map, key, place)
  const single = (map.key ?? []).length === 0
  g.evaluate(into.value, 'r1')
  if (into.kind === 'hist') logarithmic(g, into.bits)
  else linear(g, into)
  if (single) asm.store(4, at.base, at.offset, 'r0')
  else {
    const bucket = moved(at, storedSizeOfKey(map))
    asm.store(8, bucket.base, bucket.offset, 'r0')
  }
  change(g, map, at, {
    found: () => add(g, 'count', undefined, false),
    first: (spot) => asm.store(8, spot.base, spot.offset, 1),
    size: 8,
  })
}

/** The bucket of r1 in r0, see `Held` in object.ts. */
function logarithmic({asm}: Generator, bits: number): void {
  const [done, large] = [asm.label('bucket'), asm.label('logarithm')]
  asm.move('r0', 0)
  asm.jumpIf('r1', 's<', 0, done)
  asm.jumpIf('r1', '>=', 1 << bits, large)
  asm.move('r0', 'r1')
  asm.alu64('+', 'r0', 1)
  asm.jump(done)
  asm.here(large)
  // r3 becomes the place of the highest bit.
  asm.move('r2', 'r1')
  asm.move('r3', 0)
  for (const half of [32, 16, 8, 4, 2, 1]) {
    const small = asm.label('small')
    asm.move('r4', 'r2')
    asm.alu64('>>', 'r4', half)
    asm.jumpIf('r4', '==', 0, small)
    asm.move('r2', 'r4')
    asm.alu64('+', 'r3', half)
    asm.here(small)
  }
  asm.alu64('-', 'r3', bits)
  asm.move('r0', 'r3')
  asm.alu64('+', 'r0', 1)
  if (bits > 0) {
    asm.alu64('<<', 'r0', bits)
    asm.alu64('>>', 'r1', 'r3')
    asm.alu64('&', 'r1', (1 << bits) - 1)
    asm.alu64('+', 'r0', 'r1')
  }
  asm.alu64('+', 'r0', 1)
  asm.here(done)
}

function linear(
  {asm}: Generator,
  {min, max, step}: {readonly min: bigint; readonly max: bigint; readonly step: bigint},
): void {
  const [below, above, done] = [asm.label('below'), asm.label('above'), asm.label('bucket')]
  asm.constant('r2', min)
  asm.jumpIf('r1', 's<', 'r2', below)
  asm.constant('r3', max)
  asm.jumpIf('r1', 's>=', 'r3', above)
  asm.move('r0', 'r1')
  asm.alu64('-', 'r0', 'r2')
  asm.constant('r2', step)
  asm.alu64('/', 'r0', 'r2')
  asm.alu64('+', 'r0', 1)
  asm.jump(done)
  asm.here(below)
  asm.move('r0', 0)
  asm.jump(done)
  asm.here(above)
  asm.constant('r0', (max - min) / step + 1n)
  asm.here(done)
}
