import assert from 'node:assert/strict'
import fc from 'fast-check'
import {UsageError} from '#src/engine/errors.js'
import {typeName} from '#src/engine/program/ctype.js'
import {parseSpecifier, type Purpose, type Specifier} from '#src/engine/program/specifier.js'
import {hostileText} from '../../../support/hostile.js'
import {refuses} from '../../../support/slip.js'

const parse = (source: string, purpose: Purpose = 'count'): Specifier =>
  parseSpecifier(source, purpose, undefined)

/** What a specifier was understood as, in short. */
function summary(specifier: Specifier) {
  const {kind, library, name, parameters, captures, filter, source} = specifier
  return {
    target: `${kind} ${library} ${name}`,
    parameters: parameters.map(({name, type}) => `${typeName(type)} ${name ?? '-'}`).join(', '),
    captures: captures
      .map(({type, shown, isText}) => `${isText ? 'text' : typeName(type)} ${shown}`)
      .join(', '),
    filter: filter && source.slice(filter.from, filter.to),
    label: specifier.label,
  }
}

describe('parseSpecifier', () => {
  it('takes all parts apart', () => {
    assert.deepEqual(
      summary(parse('p:c:open(char *path, int flags):char*,int:path,flags & 3:flags != 0#opens')),
      {
        target: 'p c open',
        parameters: 's8 * path, s32 flags',
        captures: 'text path, s32 flags & 3',
        filter: 'flags != 0',
        label: 'opens',
      },
    )
    assert.deepEqual(summary(parse(' r : /usr/lib/x.so : f ( int n ) : u64 : $latency / 1000 # slow one ')), {
      target: 'r /usr/lib/x.so f',
      parameters: 's32 n',
      captures: 'u64 $latency / 1000',
      filter: undefined,
      label: 'slow one',
    })
    assert.deepEqual(
      summary(parse('t:sched:sched_switch():int:args->prev_prio')).target,
      't sched sched_switch',
    )
    assert.deepEqual(summary(parse('u:pthread:mutex_entry():u64:arg1')).target, 'u pthread mutex_entry')
  })

  it('counts calls, or what a function returned, where there is no expression', () => {
    for (const source of [
      'p::vfs_read()',
      't:sched:sched_switch()',
      'u:c:setjmp()',
      'p::f(int n):int',
      'p::f():',
    ]) {
      const {captures, isDefault} = parse(source)
      assert.deepEqual([captures, isDefault], [[], true], source)
    }
    assert.equal(summary(parse('r::vfs_read()')).captures, 's32 retval')
    assert.equal(summary(parse('r::vfs_read():long')).captures, 's64 retval')
    assert.equal(summary(parse('r:c:getenv():char*')).captures, 'text retval')
    assert.equal(summary(parse('r::vfs_read()', 'histogram')).captures, 's32 retval')
    assert.equal(parse('p::f():int:1').isDefault, false)
  })

  it('labels with what was typed, or with the expression of a histogram', () => {
    assert.equal(parse(' p::f(int n):int:n ').label, 'p::f(int n):int:n')
    assert.equal(parse('p::f(int n):int: n*2', 'histogram').label, 'n*2')
    assert.equal(parse('r::f(int n):int:$entry( n )', 'histogram').label, 'n')
    assert.equal(parse('r::f()', 'histogram').label, 'retval')
    assert.equal(parse('p::f(int n):int:n#', 'histogram').label, 'n')
    assert.equal(parse('p::f()#a:b,c#d "').label, 'a:b,c#d "')
  })

  it('shows $entry(x) as x', () => {
    assert.equal(
      summary(parse('r::f(int a, int b):int,int:$entry(a) + $entry( b ),$retval')).captures,
      's32 a + b, s32 $retval',
    )
  })

  it('understands what BCC cannot split', () => {
    for (const [source, captures, filter, label] of [
      ['p::f(int n):int:n ? 1 : 2:n > 3 ? 1 : 0', 's32 n ? 1 : 2', 'n > 3 ? 1 : 0', undefined],
      ['p::f(int n):int,int:(n ? 1 : 2),n', 's32 (n ? 1 : 2), s32 n', undefined, undefined],
      [
        'p::f(char *s):int:STRCMP("a:b,c#d", s):STRPREFIX("#", s)#x',
        's32 STRCMP("a:b,c#d", s)',
        'STRPREFIX("#", s)',
        'x',
      ],
      [
        "p::f(int n):char:n:n != ':' && n != '#' && n != ','",
        's8 n',
        "n != ':' && n != '#' && n != ','",
        undefined,
      ],
      ['p::f(int (*cb)(int, char *), void *arg):u64:arg', 'u64 arg', undefined, undefined],
      ['p:x:ns::cls::f(int n):int:n', 's32 n', undefined, undefined],
    ] as const) {
      const found = summary(parse(source))
      assert.equal(found.captures, captures)
      assert.equal(found.filter, filter)
      if (label !== undefined) assert.equal(found.label, label)
    }
    assert.equal(parse('p:x:ns::cls::f(int n):int:n').name, 'ns::cls::f')
  })

  it('knows parameters as C writes them', () => {
    for (const [signature, meant] of [
      ['', ''],
      ['void', ''],
      ['int', 's32 -'],
      ['int, long n', 's32 -, s64 n'],
      ['const struct file *file, char __user *buf', 'struct file * file, s8 * buf'],
      ['unsigned n, ...', 'u32 n'],
      ['char **argv', 's8 * * argv'],
      ['char *argv[]', 's8 * * argv'],
      ['int list[8]', 's32 * list'],
      ['const char *const restrict path', 's8 * path'],
      ['FILE *stream', 'FILE * stream'],
      ['int (*compare)(const void *, const void *), int n', 'function * compare, s32 n'],
      ['void (*)(int)', 'function * -'],
      ['size_t n, u8 x, uint64_t y, bool z', 'u64 n, u8 x, u64 y, bool z'],
      ['unsigned long long int n', 'u64 n'],
      ['union u *x, enum e *y', 'union u * x, enum e * y'],
    ] as const)
      assert.equal(summary(parse(`p::f(${signature})`)).parameters, meant, signature)
    const [buffer] = parse('p::f(char __user *buf)').parameters
    assert.ok(buffer?.type.kind === 'pointer' && buffer.type.user)
  })

  it('says what is wrong with the target, and where', () => {
    for (const [source, marked, message, hint] of [
      ['', '', /'' is no kind of probe/, /p \(the entry/],
      ['x::f()', 'x', /'x' is no kind of probe/, /begin with p/],
      [':c:f()', '', /'' is no kind of probe/, /begin with p/],
      ['pp::f()', 'pp', /'pp' is no kind/, /begin with p/],
      ['constructor::f()', 'constructor', /no kind of probe/, /begin/],
      ['p', '', /expected ':' after the kind/, /the form is/],
      ['p:f', '', /expected ':' before the function/, /p::vfs_read\(\)/],
      ['p:f()', '', /expected ':' before the function/, /p::vfs_read\(\)/],
      ['t::sched_switch()', '', /expected the category/, /t:syscalls/],
      ['u::f()', '', /expected the library or program/, /the form/],
      ['p::()', '(', /expected the name of a function/, /the form/],
      ['p::f', '', /expected '\(' after the name/, /write f\(\)/],
      ['p::f#x', '#', /expected '\('/, /write f\(\)/],
      ['p::f:int:n', ':', /expected '\('/, /write f\(\)/],
      ['p::f:int:(n)', ':', /expected '\('/, /write f\(\)/],
      ['p:a:b:f()', ':', /expected '\('/, /write b\(\)/],
      ['p::vfs_*()', 'vfs_*', /one function, not a pattern/, /funccount/],
      ['p::f g()', ' ', /expected '\('/, /write f\(\)/],
      ['p::f"()', '"', /expected '\('/, /write f\(\)/],
    ] as const)
      refuses(() => parse(source), {message, marked, hint})
  })

  it('says what is wrong with the signature, and where', () => {
    for (const [source, marked, message, hint] of [
      ['p::f(', '', /expected a type, found the end/, /such as int/],
      ['p::f(int n', '(', /this '\(' is not closed/, undefined],
      ['p::f(int n,)', ')', /expected a type/, /such as int/],
      ['p::f(n)', 'n', /no type n/, undefined],
      ['p::f(gizmo_t n)', 'gizmo_t', /no type gizmo_t/, /BTF/],
      ['p::f(size_y n)', 'size_y', /no type size_y/, /is it size_t/],
      ['p::f(struct file file)', 'struct file', /no type struct file/, /BTF/],
      ['p::f(double x)', 'double', /double values/, /leave a floating-point/],
      ['p::f(void x)', 'void', /void has no value/, /void \*/],
      ['p::f(int a, int a)', 'int a', /two parameters a/, undefined],
      ['p::f(int a int b)', 'int', /expected '\)' or a comma/, undefined],
      ['p::f(int n[)', '', /expected '\]'/, undefined],
      ['p::f(int (*f)(int)', '(', /not closed/, undefined],
      ['p::f(int (*f)(int', '(', /not closed/, undefined],
      ['p::f(int (*f))', ')', /expected '\('/, undefined],
      ['p::f(1)', '1', /expected a type/, undefined],
      ['p::f(long short x)', 'long short', /not a type of C/, undefined],
      ['t:a:b(int n)', 'int', /no signature/, /args->field/],
      ['u:a:b(int n)', 'int', /no signature/, /arg1/],
    ] as const)
      refuses(() => parse(source), {message, marked, ...(hint && {hint})})
  })

  it('says what is wrong behind the signature, and where', () => {
    for (const [source, marked, message, hint] of [
      ['p::f() int', 'int', /expected ':' and the types, found 'int'/, undefined],
      ['p::f():int:', '', /expected an expression/, undefined],
      ['p::f()::1', ':', /expected a type/, undefined],
      ['p::f():int n:1', 'n', /expected ':'/, undefined],
      ['p::f():integer:1', 'integer', /no type integer/, undefined],
      ['p::f():struct file:1', 'struct file', /no type struct file/, undefined],
      ['p::f(int n):int:n:n > 1:x', ':', /expected the end of the filter/, /the parts are/],
      ['p::f(int n):int:n n', 'n', /expected a comma or ':'/, undefined],
      ['p::f(int n):int,int:n', 'int', /2 types for 1 expression/, /each expression/],
      ['p::f(int n):int:n,n+1', 'n+1', /1 type for 2 expressions/, /each expression/],
      ['p::f(int n):int:n,', '', /expected an expression/, undefined],
      ['p::f(int n):int,:n', ':', /expected a type/, undefined],
      ['p::f(int n):int:n:n >', '', /expected an expression/, undefined],
    ] as const)
      refuses(() => parse(source), {message, marked, ...(hint && {hint})})
  })

  it('marks the later of two equal parts', () => {
    refuses(() => parse('p::f(int n):int,int:n'), {message: /2 types/, marked: 'int', at: 16})
    refuses(() => parse('p::f(int n, int n)'), {message: /two parameters/, marked: 'int n', at: 12})
    refuses(() => parse('p::f(int n):int:n n'), {message: /expected/, marked: 'n', at: 18})
  })

  it('makes histograms of one number', () => {
    for (const [source, marked, message, hint] of [
      ['p::f()', '', /a histogram needs an expression/, /p:c:malloc/],
      ['t:a:b()#x', '#', /a histogram needs an expression/, /p:c:malloc/],
      ['u:a:b():int', '', /a histogram needs an expression/, /p:c:malloc/],
      ['p::f(int n):int,int:n,n+1', 'n+1', /one expression/, /-C/],
      ['p::f(char *s):char*:s', 's', /numbers, not of texts/, /-C/],
    ] as const)
      refuses(() => parse(source, 'histogram'), {message, marked, hint})
    assert.equal(summary(parse('p::f(int n):int:n', 'histogram')).captures, 's32 n')
  })

  it('shows control characters as escapes, the caret still in its place', () => {
    refuses(() => parse('p::\x1bf(\n)'), {message: /expected '\('/, marked: '\\u{1b}', at: 3})
    refuses(() => parse('p::f(\n\x01)'), {message: /no place/, marked: '\\u{1}', at: 10})
  })

  it('refuses or understands whatever is typed', () => {
    const pieces = [
      'p',
      'r',
      't',
      'u',
      ':',
      '::',
      '(',
      ')',
      'int',
      'n',
      ',',
      '#',
      '"',
      'char*',
      '$retval',
      '1',
      ' ',
    ]
    const text = fc.array(fc.oneof({weight: 4, arbitrary: fc.constantFrom(...pieces)}, hostileText), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(text, fc.boolean(), (parts, begins) => {
        try {
          parse((begins ? 'p::f(int n)' : '') + parts.join(''))
        } catch (error) {
          if (!(error instanceof UsageError)) throw error
          assert.match(error.context[1] ?? '', /^ *\^+$/)
          for (const line of error.context) assert.doesNotMatch(line, /\p{C}/u)
        }
      }),
      {numRuns: 500},
    )
  })
})
