import assert from 'node:assert/strict'
import {Mistake} from '#src/engine/backend/embedded/mistake.js'
import {parse} from '#src/engine/backend/embedded/syntax/parser.js'
import {enumerationsOf, withEnumerations} from '#src/engine/backend/embedded/types/enumerations.js'
import {withStructures} from '#src/engine/backend/embedded/types/structures.js'
import type {CType, Field, KernelTypes, StructType} from '#src/engine/program/ctype.js'
import {types as kernel} from '../../../../../support/compiling.js'

/** The types of a kernel, and of what a program declares. */
function declared(text: string): KernelTypes {
  const types = withStructures(parse(text), kernel)
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

  it('take constants for lengths and bits', () => {
    const types = declared(
      '#define N 4\nenum { M = N + 1 };\nstruct a { int x[N]; char y[N * 2 + 1][M]; char comm[TASK_COMM_LEN]; int b : N, c : M; };',
    )
    const a = types.named('struct a')
    assert.deepEqual(
      ['x', 'y', 'comm', 'b', 'c'].map((name) => member(types, a, name).offset),
      [0, 16, 61, 77, 77],
    )
    assert.deepEqual(member(types, a, 'c').bitField, {offset: 4, size: 5})
    assert.equal(types.size(structure(a)), 80)
  })

  it('leave bits free', () => {
    const types = declared(
      'struct a { char a; unsigned char : 3; unsigned char b : 5; int : 0; char c; int d : 3, : 20; int e : 10; };',
    )
    const a = types.named('struct a')
    const fields = ['a', 'b', 'c', 'd', 'e'].map((name) => member(types, a, name))
    assert.deepEqual(
      fields.map(({offset, bitField}) => [offset, bitField?.offset]),
      [
        [0, undefined],
        [1, 3],
        [4, undefined],
        [5, 0],
        [8, 0],
      ],
    )
  })

  for (const text of [
    'struct __attribute__((packed)) a { char a; int b : 3; long c : 40; short z; };',
    'struct a { char a; int b : 3; long c : 40; short z; } __attribute__((__packed__));',
  ])
    it(`are packed: ${text}`, () => {
      const types = declared(`${text} struct around { char x; struct a a; int y; };`)
      const [a, around] = ['struct a', 'struct around'].map((name) => types.named(name))
      assert.deepEqual(member(types, a, 'c').bitField, {offset: 3, size: 40})
      assert.equal(member(types, a, 'z').offset, 7)
      assert.equal(types.size(structure(a)), 9)
      assert.deepEqual(
        ['a', 'y'].map((name) => member(types, around, name).offset),
        [1, 12],
      )
    })

  it('have enumerations, and those that are described in them', () => {
    const tree = parse(
      'enum e { A = 7 }; struct a { enum { X = 3, Y } x; enum e e; enum f { Z = Y + 5 } f; };',
    )
    const enumerations = enumerationsOf(tree)
    const types = withStructures(tree, withEnumerations(enumerations, kernel))
    assert.ok(types)
    const names = ['x', 'e', 'f'].map((name) => {
      const {type} = member(types, types.named('struct a'), name)
      return type.kind === 'int' ? [...(type.names ?? [])] : []
    })
    assert.deepEqual(names, [
      [
        [3n, 'X'],
        [4n, 'Y'],
      ],
      [[7n, 'A']],
      [[9n, 'Z']],
    ])
    assert.ok(types.named('enum f'))
  })

  it('hold no member of a type that is only described, or only named', () => {
    const types = declared('struct b; struct a { struct b { int x; }; struct c; int y; struct { int z; }; };')
    const a = structure(types.named('struct a'))
    assert.deepEqual([...types.fields(a).keys()], ['y', 'z'])
  })

  for (const [text, says] of [
    ['struct a { int v[-1]; };', 'an array cannot have less than no elements'],
    ['struct a { int v : 33; };', 'a bit field of this type has 1 to 32 bits'],
    ['struct a { int v : 0; };', 'a bit field of this type has 1 to 32 bits'],
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
