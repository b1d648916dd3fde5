import assert from 'node:assert/strict'
import fc from 'fast-check'
import {UsageError} from '#src/engine/errors.js'
import {typeName} from '#src/engine/program/ctype.js'
import {Cursor} from '#src/engine/program/cursor.js'
import {type Expression, parseExpression} from '#src/engine/program/expression.js'
import {hostileText} from '../../../support/hostile.js'
import {refuses} from '../../../support/slip.js'

const isVariable = (name: string): boolean => ['a', 'b', 'c', 'args'].includes(name)

function parse(source: string): Expression {
  const cursor = new Cursor(source)
  const expression = parseExpression(cursor, {types: undefined, isVariable})
  if (cursor.token.kind !== 'end') throw cursor.unexpected('the end')
  return expression
}

/** The expression with all its parentheses. */
function shape(of: Expression): string {
  switch (of.kind) {
    case 'number':
      return `${of.value}`
    case 'text':
      return JSON.stringify(of.value)
    case 'name':
      return of.name
    case 'entry':
      return `entry(${of.name})`
    case 'compare':
      return `${of.how}(${JSON.stringify(of.text)}, ${shape(of.of)})`
    case 'member':
      return `(${shape(of.of)}${of.arrow ? '->' : '.'}${of.field})`
    case 'index':
      return `(${shape(of.of)}[${shape(of.index)}])`
    case 'unary':
      return `(${of.operator}${shape(of.of)})`
    case 'cast':
      return `(${typeName(of.type)})${shape(of.of)}`
    case 'binary':
      return `(${shape(of.left)} ${of.operator} ${shape(of.right)})`
    case 'choice':
      return `(${shape(of.condition)} ? ${shape(of.then)} : ${shape(of.otherwise)})`
    case 'sizeof':
      return `sizeof(${'from' in of.of ? shape(of.of) : typeName(of.of)})`
  }
}

describe('parseExpression', () => {
  it('knows the precedence of C', () => {
    for (const [source, meant] of [
      ['a + b * c', '(a + (b * c))'],
      ['a * b + c', '((a * b) + c)'],
      ['a - b - c', '((a - b) - c)'],
      ['(a - (b - c))', '(a - (b - c))'],
      ['a / b % c', '((a / b) % c)'],
      ['a << b + c', '(a << (b + c))'],
      ['a < b << c', '(a < (b << c))'],
      ['a == b < c', '(a == (b < c))'],
      ['a & b == c', '(a & (b == c))'],
      ['a ^ b & c', '(a ^ (b & c))'],
      ['a | b ^ c', '(a | (b ^ c))'],
      ['a && b | c', '(a && (b | c))'],
      ['a || b && c', '(a || (b && c))'],
      ['a || b ? c : 1', '((a || b) ? c : 1)'],
      ['a ? b : c ? 1 : 2', '(a ? b : (c ? 1 : 2))'],
      ['a ? b ? 1 : 2 : c', '(a ? (b ? 1 : 2) : c)'],
      ['-a * b', '((-a) * b)'],
      ['!a == b', '((!a) == b)'],
      ['- - a', '(-(-a))'],
      ['~!a', '(~(!a))'],
      ['*a->b', '(*(a->b))'],
      ['&a.b[1]', '(&((a.b)[1]))'],
      ['(*a).b->c', '(((*a).b)->c)'],
      ['a[b + 1][2]', '((a[(b + 1)])[2])'],
      ['a != b >= c', '(a != (b >= c))'],
      ['a - -1', '(a - (-1))'],
    ] as const)
      assert.equal(shape(parse(source)), meant, source)
  })

  it('tells casts from parentheses', () => {
    for (const [source, meant] of [
      ['(int)a', '(s32)a'],
      ['(a)', 'a'],
      ['(a) - b', '(a - b)'],
      ['(u8)-a', '(u8)(-a)'],
      ['(unsigned long long)a + b', '((u64)a + b)'],
      ['(char *)a', '(s8 *)a'],
      ['(const char __user *)a', '(s8 *)a'],
      ['(struct file *)a', '(struct file *)a'],
      ['((struct file *)a)->b', '((struct file *)a->b)'],
      ['(struct file *)a->b', '(struct file *)(a->b)'],
      ['(void *)(u64)a', '(void *)(u64)a'],
      ['sizeof(int)', 'sizeof(s32)'],
      ['sizeof(a)', 'sizeof(a)'],
      ['sizeof a + 1', '(sizeof(a) + 1)'],
      ['sizeof(struct file *)', 'sizeof(struct file *)'],
    ] as const)
      assert.equal(shape(parse(source)), meant, source)
  })

  it('knows literals, variables and comparisons of texts', () => {
    for (const [source, meant] of [
      ["a == 'x'", '(a == 120)'],
      ['0x10 + 010', '(16 + 8)'],
      ['$retval < 0', '($retval < 0)'],
      ['$latency / 1000', '($latency / 1000)'],
      ['$entry( a ) + 1', '(entry(a) + 1)'],
      ['args->ret', '(args->ret)'],
      ['STRCMP("a:b,c#)", a)', 'STRCMP("a:b,c#)", a)'],
      ['!STRPREFIX("x", a ? b : c)', '(!STRPREFIX("x", (a ? b : c)))'],
    ] as const)
      assert.equal(shape(parse(source)), meant, source)
  })

  it('gives literals the type that C gives them', () => {
    for (const [source, type] of [
      ['2147483647', 's32'],
      ['2147483648', 's64'],
      ['0x80000000', 'u32'],
      ['0x100000000', 's64'],
      ['0x8000000000000000', 'u64'],
      ['9223372036854775808', 'u64'],
      ['1u', 'u32'],
      ['4294967296u', 'u64'],
      ['1L', 's64'],
      ['1ull', 'u64'],
      ["'a'", 's32'],
    ] as const) {
      const expression = parse(source)
      assert.ok(expression.kind === 'number')
      assert.equal(typeName(expression.type), type, source)
    }
  })

  it('stops at a comma or colon that is not part of it', () => {
    for (const [source, rest] of [
      ['a ? b : c : a > 1', ':'],
      ['a, b', ','],
      ['STRCMP("x", a), b', ','],
      ['(a ? b : c)#x', ''],
    ] as const) {
      const cursor = new Cursor(source)
      parseExpression(cursor, {types: undefined, isVariable})
      assert.equal(cursor.token.text, rest, source)
    }
  })

  it('knows where each part is', () => {
    const expression = parse(' a->b  + (c)')
    assert.ok(expression.kind === 'binary')
    assert.deepEqual([expression.from, expression.to], [1, 12])
    assert.deepEqual([expression.left.from, expression.left.to], [1, 5])
    assert.deepEqual([expression.right.from, expression.right.to], [9, 12])
  })

  it('says what was expected, and where', () => {
    for (const [source, marked, message, hint] of [
      ['', '', /expected an expression, found the end/, /parameter/],
      ['a +', '', /expected an expression, found the end/, /parameter/],
      ['a + * ', '', /found the end/, /parameter/],
      ['a b', 'b', /expected the end, found 'b'/, undefined],
      ['(a', '', /expected '\)' to close the parenthesis/, undefined],
      ['a)', ')', /expected the end/, undefined],
      ['a ? b', '', /expected ':' between the two values/, undefined],
      ['a ? : b', ':', /expected an expression/, undefined],
      ['a[1', '', /expected '\]'/, undefined],
      ['a->1', '1', /name of a field/, undefined],
      ['a.$x', '$x', /name of a field/, undefined],
      ['a -> ', '', /name of a field/, undefined],
      ['a = 1', '=', /expected the end/, undefined],
      ['a++', '', /found the end/, undefined],
      ['$entry', '', /expected '\(' after \$entry/, /beginning/],
      ['$entry()', ')', /name of a parameter/, /signature/],
      ['$entry($retval)', '$retval', /name of a parameter/, /signature/],
      ['$entry(a + 1)', '+', /expected '\)'/, undefined],
      ['STRCMP', '', /expected '\('/, /STRCMP\("text", expression\)/],
      ['STRCMP(a, "x")', 'a', /a text in double quotes/, /STRCMP\("text"/],
      ['STRCMP("x")', ')', /expected ','/, /STRCMP/],
      ['STRCMP("x", a', '', /expected '\)'/, /STRCMP/],
      ['STRPREFIX("x" a)', 'a', /expected ','/, /STRPREFIX/],
      ['strlen(a)', 'strlen', /not a function here/, /STRCMP/],
      ['(gizmo_t)a', 'gizmo_t', /no type gizmo_t/, /BTF/],
      ['(struct file)a', 'struct file', /no type struct file/, /BTF/],
      ['(uint23_t)a', 'uint23_t', /no type uint23_t/, /is it uint\d+_t/],
      ['(float)a', 'float', /float values/, /floating/],
      ['(void)a', 'void', /void has no value/, /void \*/],
      ['(int a', 'a', /expected '\)' after the type/, undefined],
      ['(short long)a', 'short long', /not a type of C/, undefined],
      ['(struct)a', ')', /expected a name after 'struct'/, undefined],
    ] as const)
      refuses(() => parse(source), {message, marked, ...(hint && {hint})})
  })

  it('refuses what is nested too deep instead of running out of stack', () => {
    for (const source of [
      '('.repeat(5000) + 'a',
      '!'.repeat(5000) + 'a',
      'a?'.repeat(5000),
      'a' + '+a'.repeat(5000),
      'a' + '->b'.repeat(5000),
      'a' + '[a'.repeat(5000),
    ])
      assert.throws(() => parse(source), {name: 'UsageError', message: /too deep|too long/})
  })

  it('refuses or understands whatever is typed', () => {
    const pieces = [
      'a',
      '(',
      ')',
      '+',
      '*',
      '->',
      '[',
      ']',
      '?',
      ':',
      ',',
      '"x"',
      '1',
      'int',
      '$entry',
      'STRCMP',
    ]
    const text = fc.array(fc.oneof(hostileText, fc.constantFrom(...pieces)), {maxLength: 12})
    fc.assert(
      fc.property(text, (parts) => {
        try {
          parse(parts.join(' '))
        } catch (error) {
          if (!(error instanceof UsageError)) throw error
          assert.match(error.context[1] ?? '', /^ *\^+$/)
        }
      }),
    )
  })
})
