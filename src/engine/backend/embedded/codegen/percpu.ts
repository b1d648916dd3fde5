import type {Register} from '../assembler.js'
import {isSince} from '../context.js'
import {helpers} from '../helpers.js'
import {type Place, unsupported} from '../mistake.js'
import type {ProgramMap} from '../types/maps.js'
import {divide} from './division.js'
import {moved, type Spot} from './frame.js'
import type {Generator} from './generator.js'

/** What all CPUs have counted under a key together, in a register; 0 where there is nothing. */
export function evaluateTotal(g: Generator, map: ProgramMap, key: Spot, dst: Register, place: Place): void {
  const {asm} = g
  const use = map.use ?? {kind: 'value'}
  if (use.kind === 'value' || use.kind === 'hist' || use.kind === 'lhist')
    throw unsupported(`the value of ${map.name} in an expression`, place)
  if (!isSince(g.object.context, [5, 19]))
    throw unsupported(`the value of ${map.name}, which all CPUs count into, before Linux 5.19`, place)
  const signed = 'signed' in use && use.signed
  const averages = use.kind === 'avg' || use.kind === 'stats'
  const [again, next, done] = [asm.label('next CPU'), asm.label('counted'), asm.label('total')]
  g.briefly(() => {
    const state = g.frame.stack(24, place)
    const [total, count, cpu] = [state, moved(state, 8), moved(state, 16)]
    for (const each of [total, count, cpu]) asm.store(8, each.base, each.offset, 0)
    asm.here(again)
    asm.map('r1', g.object.map(map))
    g.address('r2', key)
    asm.load(8, 'r3', cpu.base, cpu.offset)
    asm.call(helpers.map_lookup_percpu_elem)
    asm.jumpIf('r0', '==', 0, done)
    asm.load(8, 'r1', 'r0', 0)
    asm.load(8, 'r2', total.base, total.offset)
    if (use.kind === 'min' || use.kind === 'max') {
      const take = asm.label('take')
      asm.load(8, 'r3', 'r0', 8)
      asm.jumpIf('r3', '==', 0, next)
      asm.load(8, 'r3', count.base, count.offset)
      asm.jumpIf('r3', '==', 0, take)
      const keeps = use.kind === 'min' ? '>=' : '<='
      asm.jumpIf('r1', signed ? `s${keeps}` : keeps, 'r2', next)
      asm.here(take)
      asm.store(8, total.base, total.offset, 'r1')
      asm.store(8, count.base, count.offset, 1)
    } else {
      asm.alu64('+', 'r2', 'r1')
      asm.store(8, total.base, total.offset, 'r2')
      if (averages) {
        asm.load(8, 'r1', 'r0', 8)
        asm.load(8, 'r2', count.base, count.offset)
        asm.alu64('+', 'r2', 'r1')
        asm.store(8, count.base, count.offset, 'r2')
      }
    }
    asm.here(next)
    asm.load(8, 'r1', cpu.base, cpu.offset)
    asm.alu64('+', 'r1', 1)
    asm.store(8, cpu.base, cpu.offset, 'r1')
    asm.jumpIf('r1', '<', g.object.context.cpus, again)
    asm.here(done)
    asm.load(8, 'r0', total.base, total.offset)
    if (averages) {
      asm.load(8, 'r1', count.base, count.offset)
      divide(g, '/', 'r0', 'r1', signed)
    }
    if (dst !== 'r0') asm.move(dst, 'r0')
  })
}

/** What all CPUs have counted into a map without a key is forgotten; r0 is 0. */
export function clearTotal(g: Generator, map: ProgramMap, place: Place): void {
  const {asm} = g
  const {kind} = map.use ?? {kind: 'value'}
  if (kind === 'hist' || kind === 'lhist') throw unsupported(`delete() of ${map.name}, a histogram,`, place)
  if (!isSince(g.object.context, [5, 19]))
    throw unsupported(`delete() of ${map.name}, which all CPUs count into, before Linux 5.19`, place)
  const [again, done] = [asm.label('next CPU'), asm.label('forgotten')]
  g.briefly(() => {
    const state = g.frame.stack(16, place)
    const cpu = moved(state, 8)
    for (const each of [state, cpu]) asm.store(8, each.base, each.offset, 0)
    asm.here(again)
    asm.map('r1', g.object.map(map))
    g.address('r2', state)
    asm.load(8, 'r3', cpu.base, cpu.offset)
    asm.call(helpers.map_lookup_percpu_elem)
    asm.jumpIf('r0', '==', 0, done)
    asm.store(8, 'r0', 0, 0)
    if (kind !== 'count') asm.store(8, 'r0', 8, 0)
    asm.load(8, 'r1', cpu.base, cpu.offset)
    asm.alu64('+', 'r1', 1)
    asm.store(8, cpu.base, cpu.offset, 'r1')
    asm.jumpIf('r1', '<', g.object.context.cpus, again)
    asm.here(done)
    asm.move('r0', 0)
  })
}
