import assert from 'node:assert/strict'
import {Mistake} from '#src/engine/backend/embedded/mistake.js'
import {parse} from '#src/engine/backend/embedded/syntax/parser.js'
import {withStructures} from '#src/engine/backend/embedded/types/structures.js'
import type {CType, Field, KernelTypes, StructType} from '#src/engine/program/ctype.js'
import {types as kernel} from '../../../../../support/compiling.js'

/** The types of a kernel, and of what a program declares. */
function declared(text: string): KernelTypes {
  const types = withStructures(parse(text).structures, kernel)
  assert.ok(types)
  return types
}

function structure(type: CType | undefined): StructType {
  assert.equal(type?.kind, 'struct')
  return type
}

/** The member of a structure. */
function member(types: KernelTypes, type: CType | undefined, name: string): Field {
  const field = types.fields(structure(type)).get(name)
  assert.ok(field)
  return field
}

/** What the pointer in a member points to, through arrays. */
function behind(types: KernelTypes, type: CType | undefined, name: string): CType {
  let {type: found} = member(types, type, name)
  while (found.kind === 'array') found = found.of
  assert.equal(found.kind, 'pointer')
  return found.to
}

describe('structures that a program declares', () => {
  it('point to themselves, and not to what the kernel has of that name', () => {
    const types = declared(
      'struct task_struct { long v; struct task_struct *next; struct task_struct *all[2][3]; };',
    )
    const own = types.named('struct task_struct')
    assert.equal(types.size(structure(own)), 64)
    assert.equal(behind(types, own, 'next'), own)
    assert.equal(behind(types, own, 'all'), own)
  })

  it('point to those that come later, from within too', () => {
    const types = declared(
      'struct a { union b *next; struct { struct c { struct a *up; } in; union b *on; } m; };\nunion b { int v; struct c *c; };',
    )
    const [a, b, c] = ['struct a', 'union b', 'struct c'].map((name) => types.named(name))
    assert.equal(behind(types, a, 'next'), b)
    assert.equal(behind(types, b, 'c'), c)
    assert.equal(behind(types, c, 'up'), a)
    assert.equal(behind(types, member(types, a, 'm').type, 'on'), b)
    assert.equal(types.named('struct b'), undefined)
  })

  it('have room for floating-point numbers', () => {
    const types = declared('struct f { float x; double y[2]; long double z; int w; };')
    const f = types.named('struct f')
    assert.deepEqual(
      ['x', 'y', 'z', 'w'].map((name) => member(types, f, name).offset),
      [0, 8, 32, 48],
    )
    assert.equal(types.size(structure(f)), 64)
  })

  for (const [text, says] of [
    ['struct a { struct b b; }; struct b { int v; };', 'struct b is not whole yet where b holds it'],
    ['struct a { struct a all[2]; };', 'struct a is not whole yet where all holds it'],
    ['struct a { int v; }; struct a { int v; };', 'struct a is described twice'],
    ['struct a { struct nowhere b; };', 'there is no type struct nowhere'],
  ] as const)
    it(`are refused: ${text}`, () =>
      assert.throws(
        () => declared(text),
        (error) => error instanceof Mistake && error.message === says,
      ))
})
