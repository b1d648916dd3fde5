import assert from 'node:assert/strict'
import {readdirSync, readFileSync} from 'node:fs'
import {UsageError} from '#src/engine/errors.js'
import {described, UnsupportedError} from '#src/engine/backend/embedded/mistake.js'
import type {Expression, Program, Statement} from '#src/engine/backend/embedded/syntax/ast.js'
import {parse} from '#src/engine/backend/embedded/syntax/parser.js'

const read = (text: string): Program => described(text, () => parse(text))

/** The statements of `BEGIN { text }`. */
const statements = (text: string): readonly Statement[] => read(`BEGIN { ${text} }`).clauses[0]?.body ?? []

/** An expression with parentheses around every part. */
function spelled(of: Expression): string {
  switch (of.kind) {
    case 'number':
      return of.value.toString()
    case 'text':
      return JSON.stringify(of.value.toString('latin1'))
    case 'name':
      return of.name
    case 'variable':
      return `$${of.name}`
    case 'map':
      return of.key === undefined ? of.name : `${of.name}[${of.key.map(spelled).join(', ')}]`
    case 'binary':
      return `(${spelled(of.left)} ${of.operator} ${spelled(of.right)})`
    case 'unary':
      return `(${of.operator}${spelled(of.of)})`
    case 'choice':
      return `(${spelled(of.condition)} ? ${spelled(of.then)} : ${spelled(of.otherwise)})`
    case 'cast':
      return `(${of.type.words.join(' ')}${'*'.repeat(of.type.pointers)})${spelled(of.of)}`
    case 'member':
      return `${spelled(of.of)}.${of.name}`
    case 'part':
      return `${spelled(of.of)}.${of.index}`
    case 'index':
      return `${spelled(of.of)}[${spelled(of.index)}]`
    case 'tuple':
      return `tuple(${of.parts.map(spelled).join(', ')})`
    case 'call':
      return `${of.name}(${of.args.map(spelled).join(', ')})`
    case 'step':
      return of.before ? `(${spelled(of.of)}${of.by})` : `(${of.by}${spelled(of.of)})`
    case 'boolean':
    case 'positional':
    case 'sizeof':
    case 'offsetof':
    case 'block':
      return of.kind
  }
}

function expression(text: string): string {
  const [statement] = statements(`$x = ${text}`)
  assert.ok(statement?.kind === 'assignment')
  return spelled(statement.value)
}

describe('the parser of programs', () => {
  it('reads every program of ours', () => {
    const files = ['test/golden', 'scripts-bt'].flatMap((folder) =>
      readdirSync(folder, {recursive: true, encoding: 'utf8'})
        .filter((name) => name.endsWith('.bt'))
        .map((name) => `${folder}/${name}`),
    )
    assert.ok(files.length > 100)
    for (const file of files) assert.ok(read(readFileSync(file, 'utf8')).clauses.length > 0, file)
  })

  for (const [text, tree] of [
    ['1 + 2 * 3 - 4', '((1 + (2 * 3)) - 4)'],
    ['1 | 2 ^ 3 & 4 == 5 < 6 << 7', '(1 | (2 ^ (3 & (4 == (5 < (6 << 7))))))'],
    ['a && b || c && d ? 1 : 2 ? 3 : 4', '(((a && b) || (c && d)) ? 1 : (2 ? 3 : 4))'],
    ['-$a - -1', '((-$a) - (-1))'],
    ['!*$a', '(!(*$a))'],
    ['(struct file *)arg0->f_inode', '(struct file*)arg0.f_inode'],
    ['((struct file *)arg0)->f_inode', '(struct file*)arg0.f_inode'],
    ['(uint64)(int32)args.ret', '(uint64)(int32)args.ret'],
    ['(pid) - 1', '(pid - 1)'],
    ['(gfp_t)arg1', '(gfp_t)arg1'],
    ['(unsigned long)arg1', '(unsigned long)arg1'],
    ['(1, (2, "a"), comm).1.0', 'tuple(1, tuple(2, "a"), comm).1.0'],
    ['@a[1, pid][3]', '@a[1, pid][3]'],
    ['@++ + --@b[1]', '((@1) + (-1@b[1]))'],
    ['str($1, 4)', 'str(positional, 4)'],
    ['"a" "b\\x41\\101\\n\\""', '"abAA\\n\\""'],
    ['0x1F + 1e6 + 1_000 + 017 + 5ms + 10UL', '(((((31 + 1000000) + 1000) + 15) + 5000000) + 10)'],
    ['18446744073709551615', '18446744073709551615'],
  ] as const)
    it(text, () => assert.equal(expression(text), tree))

  it('finds the end of a predicate, and of the path of a file', () => {
    const {clauses} = read('uprobe:/bin/ba*:"a b", k:vfs_read/arg0 / 2 / 3 > (1 / 1)/{ exit() } END{}')
    const [first, last] = clauses
    assert.deepEqual(
      first?.probes.map(({words}) => words),
      [
        ['uprobe', '/bin/ba*', 'a b'],
        ['k', 'vfs_read'],
      ],
    )
    assert.ok(first.predicate)
    assert.equal(spelled(first.predicate), '(((arg0 / 2) / 3) > (1 / 1))')
    assert.deepEqual(last?.probes[0]?.words, ['END'])
  })

  it('knows all statements', () => {
    const text = `if ($a) { $b = 1 } else if $c { } else { $d += 2; }
      while ($i < 3) { $i++; continue } unroll(3) { break; }
      for ($kv : @m) { print($kv.0) } for $j : 0..10 { }
      let $n : uint8 = 4; { return } @m[1] <<= 3; delete(@m[1]);`
    assert.deepEqual(
      statements(text).map(({kind}) => kind),
      ['if', 'while', 'unroll', 'for', 'for', 'let', 'block', 'assignment', 'expression'],
    )
  })

  it('reads what stands before the probes', () => {
    const text = `#!/usr/bin/env bpftrace
/* # no directive */
#include <linux/fs.h>
#ifndef BPFTRACE_HAVE_BTF
#include "gone.h"
struct gone { int a; };
#else
#define FOUR (2 + 2) // comment
#endif
struct mine { unsigned char a, *b; int c[4][2]; u32 d : 3; };
enum colour { RED, GREEN = 5, BLUE };
config = { print_maps_on_exit = 0; stack_mode = perf }
let @m = lruhash(100);
macro twice($x) { $x * 2 }
begin { }`
    const program = read(text)
    assert.deepEqual(
      program.structures.map(({name, members}) => [name, members.map((each) => each.name)]),
      [['struct mine', ['a', 'b', 'c', 'd']]],
    )
    const value = (of?: Expression): bigint | undefined => (of?.kind === 'number' ? of.value : undefined)
    assert.deepEqual(
      program.structures[0]?.members.map(({type, lengths, bits}) => [
        type.words.join(' '),
        type.pointers,
        lengths.map(value),
        value(bits),
      ]),
      [
        ['unsigned char', 0, [], undefined],
        ['unsigned char', 1, [], undefined],
        ['int', 0, [4n, 2n], undefined],
        ['u32', 0, [], 3n],
      ],
    )
    const [[, four] = []] = program.constants
    assert.equal(four && text.slice(four.place.from, four.place.to), '(2 + 2)')
    assert.deepEqual([...program.constants.keys()], ['FOUR', 'RED', 'GREEN', 'BLUE'])
    assert.deepEqual(
      program.settings.map(({name, value}) => [name, value]),
      [
        ['print_maps_on_exit', 0],
        ['stack_mode', 'perf'],
      ],
    )
    assert.deepEqual(
      program.maps.map(({name, entries}) => [name, entries]),
      [['@m', 100]],
    )
    assert.deepEqual([...program.macros.keys()], ['twice'])
  })

  for (const [text, message, line, carets] of [
    ['BEGIN { $x = ; }', 'line 1, column 14: expected a value, not ;', 'BEGIN { $x = ; }', '             ^'],
    [
      'BEGIN {\n\tprint("ab }',
      'line 2, column 8: this text has no closing quote',
      ' print("ab }',
      '       ^^^^^',
    ],
    [
      'BEGIN { pid = 3 }',
      'line 1, column 9: only variables ($name) and maps (@name) can be assigned to',
      'BEGIN { pid = 3 }',
      '        ^^^',
    ],
    [
      'BEGIN { print(1)',
      'line 1, column 17: expected a semicolon, but the program ends here',
      'BEGIN { print(1)',
      '                ^',
    ],
    [
      'BEGIN { $x = 3parsecs }',
      'line 1, column 14: "parsecs" after a number means nothing',
      'BEGIN { $x = 3parsecs }',
      '             ^^^^^^^^',
    ],
    ['BEGIN { } /* x', 'line 1, column 11: this comment has no end', 'BEGIN { } /* x', '          ^^'],
  ] as const)
    it(`says what is wrong with ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => read(text),
        (error) => {
          assert.ok(error instanceof UsageError && !(error instanceof UnsupportedError))
          assert.equal(error.message, message)
          assert.deepEqual(error.context, [line, carets])
          return true
        },
      )
    })

  it('names what it does not have', () => {
    assert.throws(
      () => read('import "x"; BEGIN {}'),
      (error) => {
        assert.ok(error instanceof UnsupportedError)
        assert.equal(error.message, 'line 1, column 1: import is not in this engine yet')
        assert.equal(error.hint, 'run it with --engine bpftrace, where that is installed')
        return true
      },
    )
  })

  it('does not run out of stack', () => {
    for (const text of ['('.repeat(5000), '-'.repeat(5000), '{'.repeat(5000), 'if (1) {'.repeat(5000)])
      assert.throws(() => read(`BEGIN { ${text}`), UsageError)
  })
})
