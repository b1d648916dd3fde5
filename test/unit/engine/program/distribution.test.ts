import assert from 'node:assert/strict'
import fc from 'fast-check'
import {UsageError} from '#src/engine/errors.js'
import {bt} from '#src/engine/program/bt.js'
import {clauseText} from '#src/engine/program/clause.js'
import {typedefs} from '#src/engine/program/ctype.js'
import {distribution, type DistributionOptions} from '#src/engine/program/distribution.js'
import {fieldValues} from '#src/engine/program/fields.js'
import {parseSpecifier, type Purpose} from '#src/engine/program/specifier.js'
import {sampleTypes} from '../../../support/kerneltypes.js'
import {hostileText} from '../../../support/hostile.js'
import {refuses} from '../../../support/slip.js'
import {tokens} from '../../../support/tokens.js'

const fields = fieldValues(
  'syscalls',
  [
    {name: 'ret', type: 'long', length: undefined, size: 8, signed: true, offset: 8, isElsewhere: false},
    {
      name: 'name',
      type: 'const char *',
      length: undefined,
      size: 8,
      signed: false,
      offset: 8,
      isElsewhere: false,
    },
    {name: 'comm', type: 'char', length: 16, size: 16, signed: false, offset: 8, isElsewhere: false},
    {name: 'file', type: 'char', length: undefined, size: 4, signed: false, offset: 8, isElsewhere: true},
    {name: 'args', type: 'unsigned long', length: 6, size: 48, signed: false, offset: 8, isElsewhere: false},
  ],
  undefined,
)

function make(source: string, purpose: Purpose = 'count', options: Partial<DistributionOptions> = {}) {
  const specifier = parseSpecifier(source, purpose, sampleTypes)
  const prefix =
    specifier.kind === 't'
      ? ['tracepoint:a:', 'none']
      : specifier.library === ''
        ? ['kprobe:', 'kretprobe:']
        : ['uprobe:x:', 'uretprobe:x:']
  return distribution(specifier, {
    ...{purpose, index: 0, types: sampleTypes, fields, stringSize: 80, where: []},
    probes: (place) => [`${prefix[place === 'entry' ? 0 : 1] ?? ''}${specifier.name.replaceAll('::', '.')}`],
    ...options,
  })
}

const text = (source: string, purpose?: Purpose, options?: Partial<DistributionOptions>): string =>
  make(source, purpose, options).clauses.map(clauseText).join('\n')

/** The action of a specifier for a user function that only counts. */
const action = (source: string): string => /\{\n\t([^]*)\n\}\n$/.exec(text(source))?.[1] ?? ''

describe('distribution', () => {
  it('counts values as keys', () => {
    const {clauses, map, keys, textRoom} = make('p:c:f(int n, char *s):int,char*:n,s', 'count', {index: 3})
    assert.equal(
      clauses.map(clauseText).join(''),
      'uprobe:x:f\n{\n\t@count3[(int64)(int32)arg0, str(uptr(arg1), 82)] = count();\n}\n',
    )
    assert.equal(map, '@count3')
    assert.deepEqual(keys, [
      {kind: 'int', shown: 'n', isSigned: true},
      {kind: 'text', shown: 's', limit: 80},
    ])
    assert.equal(textRoom, 83)
  })

  it('counts calls', () => {
    const {keys, textRoom} = make('p::f()')
    assert.equal(text('p::f()'), 'kprobe:f\n{\n\t@count0 = count();\n}\n')
    assert.deepEqual([keys, textRoom], [[], 0])
    assert.match(
      text('r::f()'),
      /^kretprobe:f\n\{\n\t@count0\[\(int64\)\(int32\)retval\] = count\(\);\n\}\n$/,
    )
  })

  it('cuts registers to the width of the type', () => {
    for (const [type, result] of [
      ['int', '(int64)(int32)arg0'],
      ['unsigned', '(uint64)(int64)(arg0 & 4294967295)'],
      ['u8', '(int64)(arg0 & 255)'],
      ['s16', '(int64)(int16)arg0'],
      ['char', '(int64)(int8)arg0'],
      ['long', '(int64)arg0'],
      ['u64', 'arg0'],
      ['void *', 'arg0'],
      ['bool', '(int64)(arg0 & 255)'],
    ] as const) {
      const shown = type === 'unsigned' ? 'u64' : type
      assert.equal(action(`p:c:f(${type} n):${shown}:n`), `@count0[${result}] = count();`, type)
    }
  })

  it('puts a plain filter before the action, and other conditions', () => {
    assert.equal(
      text('p:c:f(int n):int:n:n > 3', 'count', {where: [bt`pid == ${7}`]}),
      'uprobe:x:f\n/pid == 7 && (int64)(int32)arg0 > 3/\n{\n\t@count0[(int64)(int32)arg0] = count();\n}\n',
    )
    assert.match(
      text('p:c:f(int n):int:n:n > 3 || n < 0', 'count', {where: [bt`pid == ${7}`]}),
      /^\/pid == 7 && \(.*\|\|.*\)\/$/m,
    )
  })

  it('puts a filter that needs statements behind them', () => {
    const program = text('p:c:f(int n):int:n:n / 2 == 1')
    assert.match(program, /^uprobe:x:f\n\{\n\t\$t0 = \(int64\)\(int32\)arg0;\n/)
    assert.match(
      program,
      /\n\tif \(\$t4 == 1\) \{\n\t\t@count0\[\(int64\)\(int32\)arg0\] = count\(\);\n\t\}\n\}\n$/,
    )
  })

  it('pairs a return with its entry by how deep the function called itself', () => {
    assert.equal(
      text('r:c:f(int n):u64:$latency/1000:$entry(n) > 0 && $retval == 0', 'count', {
        where: [bt`pid == ${7}`],
        index: 2,
      }),
      [
        'uprobe:x:f',
        '/pid == 7/',
        '{',
        '\t@depth2[tid]++;',
        '\t$depth = @depth2[tid];',
        '\t@entry2_0[tid, $depth] = (int64)(int32)arg0;',
        '\t@start2[tid, $depth] = nsecs;',
        '}',
        '',
        'uretprobe:x:f',
        '/pid == 7/',
        '{',
        '\t$end = nsecs;',
        '\t$depth = @depth2[tid];',
        '\tif ($depth > 0) {',
        '\t\t$latency = (uint64)($end - @start2[tid, $depth]);',
        '\t\tdelete(@start2[tid, $depth]);',
        '\t\t$entry0 = @entry2_0[tid, $depth];',
        '\t\tdelete(@entry2_0[tid, $depth]);',
        '\t\tif ($depth > 1) {',
        '\t\t\t@depth2[tid] = $depth - 1;',
        '\t\t} else {',
        '\t\t\tdelete(@depth2[tid]);',
        '\t\t}',
        '\t\tif (($entry0 > 0) && ((int64)retval == 0)) {',
        '\t\t\t@count2[($latency / (uint64)1000)] = count();',
        '\t\t}',
        '\t}',
        '}',
        '',
      ].join('\n'),
    )
    // One value for a parameter that is named twice, no time where nobody asks for it.
    const two = text('r:c:f(int n, char *s):int,char*:$entry(n)+$entry(n),$entry(s)')
    assert.ok(
      !two.includes('nsecs') && !two.includes('@entry0_2') && two.includes('@entry0_1[tid, $depth] = arg1'),
    )
  })

  it('counts histograms by bucket', () => {
    const {map, keys} = make('p:c:f(long n):long:n', 'histogram', {index: 1})
    assert.deepEqual([map, keys], ['@hist1', [{kind: 'bucket', shown: 'n'}]])
    const program = text('p:c:f(long n):long:n', 'histogram', {index: 1})
    assert.match(program, /\$value = \(int64\)arg0;/)
    assert.match(program, /@hist1\[\$bucket\] = count\(\);\n\}\n$/)
    assert.match(text('p:c:f(u8 n):u8:n', 'histogram'), /\$rest = \(uint64\)\(int64\)\(arg0 & 255\);/)
  })

  it('reads each text from the memory it is in', () => {
    for (const [source, result] of [
      ['p:c:f(char *s):char*:s', 'str(uptr(arg0), 82)'],
      ['p::f(char *s):char*:s', 'str(kptr(arg0), 82)'],
      ['p::f(const char __user *s):char*:s', 'str(uptr(arg0), 82)'],
      ['p::f(const char __user *s):char*:s + 1', 'str(uptr(arg0 + 1), 82)'],
      ['p::f(u64 s):char*:(char __user *)s', 'str(uptr(arg0), 82)'],
      ['p::f(char __user *s):char*:(char *)(void *)s', 'str(uptr(arg0), 82)'],
      ['t:a:b():char*:args->name', 'str(uptr((uint64)args->name), 82)'],
      ['t:a:b():char*:args->comm', 'args->comm'],
      ['t:a:b():char*:args->file', 'str(args->file)'],
      ['p::f():char*:$COMM', 'comm'],
      ['p::f():u32:$COMM', 'comm'],
      ['p::f():int,u64:1,$COMM', '(int64)1, comm'],
      ['u:c:f():char*:arg2', 'str(uptr((int64)arg1), 82)'],
      ['r:c:f():char*:$retval', 'str(uptr(retval), 82)'],
    ] as const)
      assert.equal(action(source), `@count0[${result}] = count();`, source)
    assert.equal(make('t:a:b():char*:args->comm').textRoom, 83)
    assert.equal(make('p:c:f(char *s):int:1:STRCMP("hello", s)').textRoom, 8)
  })

  it('compares texts whole or by their beginning', () => {
    const filter = (source: string) => /^\/(.*)\/$/m.exec(text(source))?.[1]
    assert.equal(filter('p:c:f(char *s):int:1:STRCMP("a\\"b", s)'), 'str(uptr(arg0), 5) == "a\\"b"')
    assert.equal(
      filter('p:c:f(char *s):int:1:STRPREFIX("é", s)'),
      'strncmp(str(uptr(arg0), 4), "\\303\\251", 2) == 0',
    )
    assert.equal(filter('p:c:f():int:1:!STRCMP("node", $COMM)'), '!(comm == "node")')
    assert.equal(action('p:c:f(char *s):int:STRPREFIX("", s)'), '@count0[(int64)1] = count();')
  })

  it('follows structures by name, and by address where bpftrace cannot', () => {
    for (const [source, result] of [
      ['p::f(struct outer *o):u32:o->flags', '(int64)(((struct outer *)arg0)->flags & 4294967295)'],
      ['p::f(struct outer *o):int:o->inner.count', '(int64)(int32)((struct outer *)arg0)->inner.count'],
      [
        'p::f(struct outer *o):long:o->next->unnamed',
        '(int64)((struct outer *)(uint64)((struct outer *)arg0)->next)->unnamed',
      ],
      ['p::f(struct outer *o):char*:o->name', '((struct outer *)arg0)->name'],
      ['p::f(struct outer *o):char:o->name[1]', '(int64)(int8)*(uint8 *)kptr((uint64)(arg0 + 16) + 1)'],
      ['p::f(struct outer *o):long:(*o).unnamed', '(int64)((struct outer *)arg0)->unnamed'],
      ['p::f(struct outer *o):void*:&o->inner', '(uint64)(arg0 + 32)'],
      ['p::f(struct outer __user *o):int:o->inner.count', '(int64)(int32)*(uint32 *)uptr(arg0 + 32)'],
      [
        'p::f(struct outer __user *o):char*:o->next->name',
        'str(uptr((uint64)*(uint64 *)uptr(arg0 + 8) + 16), 82)',
      ],
      ['p::f(struct outer *o):int:o->bits', '(int64)(((struct outer *)arg0)->bits & 7)'],
      ['p::f(struct outer __user *o):int:o->bits', '(int64)(((uint64)*(uint8 *)uptr(arg0 + 36) >> 2) & 7)'],
      [
        'p::f(struct outer *o):int:o->sbits',
        '(((int64)(((struct outer *)arg0)->sbits & 15) ^ (int64)8) - (int64)8)',
      ],
      ['p::f(int *n):int:*n', '(int64)(int32)*(uint32 *)kptr(arg0)'],
      ['p::f(int *n):int:n[2]', '(int64)(int32)*(uint32 *)kptr(arg0 + 8)'],
      ['p:c:f(char **v):char*:v[1]', 'str(uptr((uint64)*(uint64 *)uptr(arg0 + 8)), 82)'],
      ['p::f(void *p):u16:*(u16 *)(p + 4)', '(int64)(*(uint16 *)kptr(arg0 + 4) & 65535)'],
      [
        'p::f(void *p):int:((struct outer *)p)->inner.count',
        '(int64)(int32)((struct outer *)arg0)->inner.count',
      ],
      ['t:a:b():u64:args->args[2]', '(uint64)args->args[2]'],
      ['p::f(struct outer *o):u64:sizeof(*o) + sizeof(o->name) + sizeof(struct outer)', '(uint64)104'],
    ] as const)
      assert.equal(action(source), `@count0[${result}] = count();`, source)
  })

  it('computes what is known before the run', () => {
    for (const [expression, result] of [
      ['1 + 2 * 3', '7'],
      ['-5 / 2', '-2'],
      ['-5 >> 1', '-3'],
      ['1 ? 2 : n', '2'],
      ['sizeof(int) == 4 && !0', '1'],
      ["'a' + 1", '98'],
      ['(u8)300', '44'],
      ['NULL == 0', '1'],
      ['true + false', '1'],
    ] as const)
      assert.equal(
        action(`p:c:f(int n):int:${expression}`),
        `@count0[(int64)${result}] = count();`,
        expression,
      )
  })

  it('knows the constants of the kernel, in the kernel', () => {
    for (const [name, result] of [
      ['TCP_LISTEN', '10'],
      ['MINUS', '-1'],
      ['WIDE', '2147483648u'],
      ['__GFP_ZERO', '256'],
      ['GFP_ATOMIC', '2080'],
    ] as const) {
      assert.equal(action(`p::f(int n):int:n:n & ${name}`), action(`p::f(int n):int:n:n & ${result}`), name)
      assert.equal(
        action(`t:a:b():int:1:args->ret == ${name}`),
        action(`t:a:b():int:1:args->ret == ${result}`),
      )
    }
    for (const name of ['HUGE', 'LEAST']) assert.doesNotThrow(() => action(`p::f(u64 n):u64:n:n == ${name}`))
  })

  it('says what is wrong with a name, and where', () => {
    for (const [source, marked, message, hint] of [
      ['p:c:f(int count):int:coun', 'coun', /there is no coun here/, /is it count\?/],
      ['p::f(int n):int:n:n & GFP_KERNEL', 'GFP_KERNEL', /no GFP_KERNEL/, /macros .* write the number/],
      ['p::f(int n):int:n:n & ANY_MACRO', 'ANY_MACRO', /no ANY_MACRO/, /macros .* write the number/],
      ['p:c:f(int n):int:TCP_LISTEN', 'TCP_LISTEN', /no TCP_LISTEN/, /there is n/],
      ['p:c:f(int n):int:m', 'm', /there is no m/, /there is n\./],
      ['p:c:f():int:n', 'n', /there is no n/, undefined],
      ['p:c:f(int n):int:$retval', '$retval', /no \$retval/, /begin with r/],
      ['p:c:f(int n):int:$latency', '$latency', /no \$latency/, /begin with r/],
      ['p:c:f(int n):int:$entry(n)', 'n', /\$entry is for the return/, /write n/],
      ['r:c:f(int n):int:n', 'n', /gone when the function returns/, /\$entry\(n\)/],
      ['r:c:f(int count):int:$entry(coun)', 'coun', /no parameter coun/, /is it count\?/],
      ['r:c:f():int:$entry(n)', 'n', /no parameter n/, /has to name it/],
      ['r:c:f():int:retval', 'retval', /no retval/, /is it \$retval\?/],
      ['p:c:f():int:$pid', '$pid', /no \$pid/, undefined],
      ['p:c:f():int:arg1', 'arg1', /no arg1/, /name the parameter/],
      ['t:a:b():int:arg1', 'arg1', /no arg1/, /args->field/],
      ['t:a:b():int:args', 'args', /no args/, /name a field/],
      ['t:a:b():int:args->rat', 'rat', /a:b has no field rat/, /is it ret/],
      ['t:a:b():int:args->zzz', 'zzz', /a:b has no field zzz/, /it has ret, name, comm, file, args/],
      ['p:c:f():int:args->ret', 'ret', /args-> is for tracepoints/, /signature/],
      ['u:a:b():int:arg0', 'arg0', /no arg0/, undefined],
      ['p:c:f(int a,int b,int c,int d,int e,int g,int h):int:h', 'h', /7th parameter/, /first 6/],
      ['p:c:f(int n):int:constructor', 'constructor', /no constructor/, undefined],
    ] as const)
      refuses(() => make(source), {message, marked, ...(hint && {hint})})
  })

  it('says what is wrong with an expression, and where', () => {
    for (const [source, marked, message, hint] of [
      ['p::f(struct outer *o):int:o->flag', 'flag', /struct outer has no field flag/, /is it flags\?/],
      ['p::f(struct outer *o):int:o->inner.coun', 'coun', /has no field coun/, /is it count\?/],
      ['p::f(struct outer *o):int:o.flags', 'o', /this is a pointer/, /write ->/],
      ['p::f(struct outer *o):int:o->inner->count', 'o->inner', /a structure/, /name one of its parts/],
      ['p::f(struct outer *o):int:o->inner', 'o->inner', /a structure \(struct inner\)/, /parts/],
      ['p::f(struct outer *o):int:*o', '*o', /a structure \(struct outer\)/, /parts/],
      ['p::f(int n):int:n->x', 'n', /not a pointer/, /cast/],
      ['p::f(int n):int:n.x', 'n', /no fields/, /cast/],
      ['p::f(int n):int:*n', 'n', /not a pointer/, /cast/],
      ['p::f(int n):int:n[1]', 'n', /neither an array nor a pointer/, undefined],
      ['p::f(void *p):int:*p', 'p', /nobody knows what is in void/, /cast/],
      ['p::f(struct oute *p):int:p->x', 'p', /nobody knows what is in struct oute/, /is it struct outer\?/],
      ['p::f(struct gone *p):int:p->x', 'p', /nobody knows what is in struct gone/, /cast/],
      ['p::f(struct gone *p):int:*(p + 1)', '(p + 1)', /size of struct gone is not known/, undefined],
      ['p::f(int n):int:&n', 'n', /no address/, undefined],
      ['p::f(int *a, int *b):long:a - b', 'a - b', /difference of pointers/, undefined],
      ['p::f(int n):int:n / 0', 'n / 0', /divides by 0/, undefined],
      ['p::f(int n):int:n % (1 - 1)', 'n % (1 - 1)', /divides by 0/, undefined],
      ['p::f(int n):int:n << 32', 'n << 32', /32 bits cannot be shifted by 32/, undefined],
      ['p::f(long n):int:n >> -1', 'n >> -1', /64 bits cannot be shifted by -1/, undefined],
      ['p::f(int n):int:"x"', '"x"', /a text is no value/, /STRCMP/],
      ['p::f(int n):int:n == "x"', '"x"', /a text is no value/, /STRCMP/],
      ['p::f():u32:$COMM + 1', '$COMM', /a text, not a number/, /char\*/],
      ['p::f():int:1:$COMM', '$COMM', /a text, not a number/, /STRCMP/],
      ['p::f():int:1:$COMM == 3', '$COMM', /a text, not a number/, /STRCMP/],
      ['p::f():int:sizeof($COMM)', 'sizeof($COMM)', /size of this is not known/, undefined],
    ] as const)
      refuses(() => make(source), {message, marked, ...(hint && {hint})})
    refuses(() => make('p::f():u32:$COMM', 'histogram'), {
      message: /a histogram is of numbers, not of texts/,
      marked: '$COMM',
      hint: /^use -C\.$/,
    })
  })

  it('takes a result for what the kernel says it is', () => {
    const returning = {...sampleTypes, returned: () => typedefs['s64']}
    assert.match(text('r::f():int:$retval:$retval < 0'), /\/\(int64\)\(int32\)retval < 0\//)
    assert.match(
      text('r::f():int:$retval:$retval < 0', 'count', {types: returning}),
      /\/\(int64\)retval < 0\//,
    )
    assert.match(text('r:c:f():u32:1:$retval < 0', 'count', {types: returning}), /\/\(int64\)retval < 0\//)
    assert.match(
      text('r:c:f():u32:$retval:$retval < 7', 'count', {types: returning}),
      /\/\(int64\)\(retval & 4294967295\) < 7\//,
    )
  })

  describe('with hostile input', () => {
    const hostileName = hostileText.map((each) => each.replaceAll('\0', ''))

    it('puts texts into literals only', () => {
      fc.assert(
        fc.property(hostileName, fc.constantFrom('STRCMP', 'STRPREFIX'), (wanted, how) => {
          fc.pre(wanted !== '') // Every text begins with nothing: that is no comparison.
          const literal = `"${wanted.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
          const program = tokens(actionOf(`p:c:f(char *s):int:${how}(${literal}, s)`) ?? '""')
          const safe = tokens(actionOf(`p:c:f(char *s):int:${how}("x", s)`) ?? '')
          const kinds = (list: typeof safe): string[] =>
            list.map(({kind, text}) => (kind === 'number' ? kind : text))
          if (program.length > 1) assert.deepEqual(kinds(program), kinds(safe))
        }),
      )
    })

    it('makes a program of words it knows, or none', () => {
      const words = new Set([
        ...[
          'str',
          'uptr',
          'kptr',
          'count',
          'strncmp',
          'comm',
          'pid',
          'tid',
          'uid',
          'cpu',
          'retval',
          'args',
          'if',
          'struct',
        ],
        ...[
          'int8',
          'int16',
          'int32',
          'int64',
          'uint8',
          'uint16',
          'uint32',
          'uint64',
          'outer',
          'inner',
          'flags',
          'name',
          'next',
        ],
        ...[
          'delete',
          'else',
          'nsecs',
          'unnamed',
          'bits',
          'sbits',
          'ret',
          'file',
          'count',
          'uprobe',
          'uretprobe',
          'x',
          'f',
        ],
        ...['kprobe', 'kretprobe'],
      ])
      const pieces = [
        'n',
        'o',
        '->',
        'flags',
        '+',
        '/',
        '(',
        ')',
        '?',
        ':',
        '1',
        'STRCMP(',
        '"',
        ',',
        '*',
        '$latency',
        '$entry(n)',
        '(int)',
        '[',
        ']',
        '#',
        '&',
        '>>',
      ]
      const body = fc.array(fc.oneof({weight: 3, arbitrary: fc.constantFrom(...pieces)}, hostileName), {
        maxLength: 8,
      })
      fc.assert(
        fc.property(fc.constantFrom('p::', 'r:c:', 'p:c:'), body, body, (target, expression, filter) => {
          const source = `${target}f(int n, struct outer *o):int:${expression.join(' ')}:${filter.join(' ')}`
          const program = programOf(source)
          if (program === undefined) return
          // Probes and their filter stand between slashes; the rest is statements.
          for (const {kind, text} of tokens(program)) {
            if (kind !== 'word') continue
            const known =
              words.has(text) ||
              /^(@(count|depth|start|entry)\d+(_\d+)?|\$(t\d+|depth|end|latency|entry\d+)|arg\d)$/.test(text)
            assert.ok(known, `${text} in ${program}`)
          }
        }),
        {numRuns: 1000},
      )
    })

    function programOf(source: string): string | undefined {
      try {
        return text(source)
      } catch (error) {
        if (error instanceof UsageError) return undefined
        throw error
      }
    }

    function actionOf(source: string): string | undefined {
      const program = programOf(source)
      return program && /\{\n\t([^]*)\n\}\n$/.exec(program)?.[1]
    }
  })
})
