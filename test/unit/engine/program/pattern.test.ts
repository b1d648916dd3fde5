import assert from 'node:assert/strict'
import fc from 'fast-check'
import {UsageError} from '#src/engine/errors.js'
import {type NamePattern, parsePattern, type Pattern} from '#src/engine/program/pattern.js'
import {hostileText} from '../../../support/hostile.js'

/** A pattern with the texts of its parts in place of what matches them. */
function plain(pattern: Pattern): Record<string, unknown> {
  const isName = (value: unknown): value is NamePattern => typeof value === 'object' && value !== null
  return Object.fromEntries(
    Object.entries(pattern)
      .filter(([key]) => key !== 'text')
      .map(([key, value]: [string, unknown]) => [key, isName(value) ? value.text : value]),
  )
}

function errorOf(text: string, regularExpressions = false): UsageError {
  try {
    parsePattern(text, {regularExpressions})
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error))
    return error
  }
  assert.fail(`'${text}' was taken`)
}

describe('parsePattern', () => {
  const forms: Record<string, Record<string, unknown>> = {
    vfs_read: {kind: 'kernel', name: 'vfs_read'},
    'p::vfs_*': {kind: 'kernel', name: 'vfs_*'},
    'c:malloc': {kind: 'user', target: 'c', name: 'malloc'},
    'p:c:malloc': {kind: 'user', target: 'c', name: 'malloc'},
    '/bin/bash:readline': {kind: 'user', target: '/bin/bash', name: 'readline'},
    './a b:main': {kind: 'user', target: './a b', name: 'main'},
    't:main': {kind: 'user', target: 't', name: 'main'},
    't:sched:sched_*': {kind: 'tracepoint', category: 'sched', event: 'sched_*'},
    'u:c:setjmp': {kind: 'usdt', target: 'c', provider: undefined, name: 'setjmp'},
    'u:c:libc:set*': {kind: 'usdt', target: 'c', provider: 'libc', name: 'set*'},
  }
  for (const [text, expected] of Object.entries(forms)) {
    it(text, () => {
      const pattern = parsePattern(text)
      assert.deepEqual(plain(pattern), expected)
      assert.equal(pattern.text, text)
    })
  }

  const wrong: readonly (readonly [text: string, caret: number, message: RegExp, hint: RegExp])[] = [
    ['', 0, /is empty/, /give vfs_read, c:malloc/],
    [':x', 0, /part .* is empty/, /c:malloc/],
    ['c:', 2, /part .* is empty/, /c:malloc/],
    [':', 0, /part .* is empty/, /c:malloc/],
    ['p::', 3, /part .* is empty/, /c:malloc/],
    ['t::x', 2, /part .* is empty/, /t:sched:sched_switch/],
    ['t:x:', 4, /part .* is empty/, /t:sched:sched_switch/],
    ['u::x', 2, /part .* is empty/, /u:c:setjmp/],
    ['u:c::x', 4, /part .* is empty/, /u:c:setjmp/],
    ['k:c:x', 0, /'k' is no type/, /p, t and u/],
    ['pt:c:x', 0, /'pt' is no type/, /p, t and u/],
    ['a:b:c:d', 0, /'a' is no type/, /p, t and u/],
    ['p:c:foo:bar', 7, /too many parts/, /mangled/],
    ['t:a:b:c', 5, /too many parts/, /t:sched:sched_switch/],
    ['u:c:a:b:c', 7, /too many parts/, /u:c:setjmp/],
    ['kprobe:vfs_read', 0, /'kprobe' is bpftrace's word/, /^give it as vfs_read$/],
    ['uprobe:/bin/sh:main', 0, /'uprobe' is bpftrace's word/, /^give it as c:malloc$/],
    ['tracepoint:sched:sched_switch', 0, /bpftrace's word/, /^give it as t:sched:sched_switch$/],
    ['p:c:[z-a]', 4, /range in \[...\] runs backwards/, /c:malloc/],
  ]
  for (const [text, caret, message, hint] of wrong) {
    it(`refuses '${text}'`, () => {
      const error = errorOf(text)
      assert.match(error.message, message)
      assert.match(error.hint ?? '', hint)
      assert.deepEqual(error.context, [text, `${' '.repeat(caret)}^`])
      assert.equal(error.exitCode, 2)
    })
  }

  it('takes words of every object for what they are', () => {
    assert.deepEqual(plain(parsePattern('constructor:__proto__')), {
      kind: 'user',
      target: 'constructor',
      name: '__proto__',
    })
  })

  const matching = (text: string, regularExpressions: boolean, names: readonly string[]): string[] => {
    const pattern = parsePattern(text, {regularExpressions})
    assert.ok(pattern.kind === 'kernel' || pattern.kind === 'user')
    return names.filter(pattern.name.matches)
  }
  const names = ['vfs_read', 'vfs_readv', 'vfs.read', 'my_vfs_read', 'vfs_r?', 'vfs_write']

  it('reads globs: nothing but *, ? and [] is special, and the whole name counts', () => {
    assert.deepEqual(matching('vfs_r*', false, names), ['vfs_read', 'vfs_readv', 'vfs_r?'])
    assert.deepEqual(matching('vfs.read', false, names), ['vfs.read'])
    assert.deepEqual(matching('vfs?read', false, names), ['vfs_read', 'vfs.read'])
    assert.deepEqual(matching('vfs_[rw]*e', false, names), ['vfs_write'])
    assert.deepEqual(matching('vfs_read|vfs_write', false, names), [])
  })

  it('reads regular expressions with -r, which match whole', () => {
    assert.deepEqual(matching('vfs_read', true, names), ['vfs_read'])
    assert.deepEqual(matching('vfs.read', true, names), ['vfs_read', 'vfs.read'])
    assert.deepEqual(matching('vfs_read|vfs_write', true, names), ['vfs_read', 'vfs_write'])
    assert.deepEqual(matching('c:vfs_(?:read|write)', true, names), ['vfs_read', 'vfs_write'])
    assert.deepEqual(matching('p:c:vfs_(read|write)', true, names), ['vfs_read', 'vfs_write'])
    assert.deepEqual(matching('p::[^:]*v', true, names), ['vfs_readv'])
  })

  it('refuses what is no regular expression', () => {
    for (const [text, caret] of [
      ['vfs_(', 0],
      ['c:a)|(b', 2],
      ['p::*', 3],
      ['c:[z-a]', 2],
      ['c:a\\', 2],
    ] as const) {
      const error = errorOf(text, true)
      assert.match(error.message, /^this is no regular expression: /)
      assert.deepEqual(error.context, [text, `${' '.repeat(caret)}^`])
    }
  })

  it('takes hostile text for names, or refuses it in plain words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(hostileText, fc.constantFrom(':', 'p', 't', 'u', 'c', '*', '(', '[')), {
          maxLength: 6,
        }),
        fc.boolean(),
        (pieces, regularExpressions) => {
          const text = pieces.join('')
          let pattern: Pattern
          try {
            pattern = parsePattern(text, {regularExpressions})
          } catch (error) {
            assert.ok(error instanceof UsageError, String(error))
            const [shown = '', caret = ''] = error.context
            assert.equal(error.context.length, 2)
            assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\u2028\u2029]/u)
            assert.match(caret, /^ *\^$/)
            assert.ok(caret.length <= Array.from(shown).length + 1)
            return
          }
          assert.equal(pattern.text, text)
          if (!regularExpressions && pattern.kind === 'kernel' && !/[*?[]/.test(text))
            assert.ok(pattern.name.matches(text.replace(/^p::/, '')))
        },
      ),
      {numRuns: 3000},
    )
  })
})
