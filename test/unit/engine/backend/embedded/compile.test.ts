import assert from 'node:assert/strict'
import {compile} from '#src/engine/backend/embedded/compile.js'
import type {CompileContext} from '#src/engine/backend/embedded/context.js'
import {disassemble} from '#src/engine/backend/embedded/disassembler.js'
import {mapTypes, programTypes} from '#src/engine/backend/embedded/helpers.js'
import {UnsupportedError} from '#src/engine/backend/embedded/mistake.js'
import type {NamedMap, ObjectFile, Shape} from '#src/engine/backend/embedded/object.js'
import {MachineError, NotAllowedError, UsageError} from '#src/engine/errors.js'
import {fixedContext} from '../../../../support/compiling.js'

const openat = 'tracepoint:syscalls:sys_enter_openat'

function object(text: string, context: Partial<CompileContext> = {}): ObjectFile {
  return compile(text, {...fixedContext, ...context})
}

/** A map of `BEGIN { text }`. */
function named(text: string, name: string): NamedMap {
  const found = object(`BEGIN { ${text} }`).named.find((each) => each.name === name)
  assert.ok(found)
  return found
}

const int = (signed: boolean): Shape => ({kind: 'int', bytes: 8, signed})

const tooOften = 'at most 50000 times a second: more would leave the CPUs no time for anything else'

describe('the compiler of the embedded engine', () => {
  describe('reads how often a timer comes', () => {
    for (const [probe, attachment] of [
      ['profile:hz:99', {kind: 'profile', frequency: 99}],
      ['profile:10ms', {kind: 'profile', nanoseconds: 10_000_000n}],
      ['profile:1e7', {kind: 'profile', nanoseconds: 10_000_000n}],
      ['interval:s:2', {kind: 'interval', nanoseconds: 2_000_000_000n}],
      ['interval:2s', {kind: 'interval', nanoseconds: 2_000_000_000n}],
      ['interval:1000000000', {kind: 'interval', nanoseconds: 1_000_000_000n}],
      ['interval:1m', {kind: 'interval', nanoseconds: 60_000_000_000n}],
      ['interval:hz:10', {kind: 'interval', nanoseconds: 100_000_000n}],
      ['interval:20us', {kind: 'interval', nanoseconds: 20_000n}],
    ] as const) {
      it(probe, () => {
        assert.deepEqual(object(`${probe} { @ = count() }`).programs[0]?.attachment, attachment)
      })
    }

    for (const [probe, says, hint] of [
      [
        'profile:99',
        `99 nanoseconds are too few: ${tooOften}`,
        'for so many times a second, write profile:hz:99',
      ],
      ['interval:19us', `19000 nanoseconds are too few: ${tooOften}`],
      ['profile:hz:50001', tooOften],
      ['software:cpu-clock:19999', tooOften],
      ['interval:0', 'an interval of 0 never comes'],
      ['interval:s:18446744073', '18446744073s are too many: at most 9223372036'],
      ['interval:s:18446744074', '18446744074s are too many: at most 9223372036'],
      ['profile:ms:99999999999999999999', '99999999999999999999ms are too many: at most 9223372036854'],
      ['software:faults:99999999999999999999', 'at most 9007199254740991 events make a sample'],
      ['profile:99hz', 'expected profile:UNIT:NUMBER, such as profile:hz:99'],
      ['interval:1.5s', 'expected interval:UNIT:NUMBER, such as interval:s:1'],
      ['interval:s:1s', 'expected interval:UNIT:NUMBER, such as interval:s:1'],
    ]) {
      it(`and refuses ${probe}`, () => {
        assert.throws(
          () => object(`${probe} { @ = count() }`),
          (error) => {
            assert.ok(error instanceof UsageError)
            assert.deepEqual([error.message, error.hint], [`line 1, column 1: ${says}`, hint])
            return true
          },
        )
      })
    }
  })

  it('leaves out functions that crash with a probe, and refuses one of them alone', () => {
    const {programs, warnings} = object('uprobe:libc:m* { @ = count() }')
    assert.deepEqual(
      programs.map(({attachment}) => attachment),
      [{kind: 'uprobe', path: '/lib/libc.so.6', offsets: [0x1000]}],
    )
    assert.match(
      warnings.join(),
      /^functions of \/lib\/libc.so.6 begin with an AVX-512 .*: memset: left out$/,
    )
    assert.throws(
      () => object('uprobe:libc:memset { @ = count() }'),
      (error) => error instanceof MachineError && /^cannot attach uprobe:libc:memset: /.test(error.message),
    )
  })

  it('takes a probe inside a function where an instruction begins', () => {
    for (const [place, offset] of [
      ['malloc+4', 0x1004],
      ['malloc+0x8', 0x1008],
      ['0x1004', 0x1004],
      ['malloc+0', 0x1000],
    ] as const)
      assert.deepEqual(object(`uprobe:libc:${place} { @ = count() }`).programs[0]?.attachment, {
        kind: 'uprobe',
        path: '/lib/libc.so.6',
        offsets: [offset],
      })
    assert.equal(object('uretprobe:libc:0x1000 { @ = count() }').programs.length, 1)
  })

  for (const [probe, message, hint] of [
    [
      'uprobe:libc:malloc+3',
      /malloc\+3 of \/lib\/libc.so.6 is in the middle of an instruction, which begins at malloc; a uprobe there would/,
      'instructions begin at malloc and malloc+4; if you know better, allow it with --unsafe',
    ],
    [
      'uprobe:libc:m*+6',
      /malloc\+6 of .* which begins at malloc\+4; /,
      'instructions begin at malloc+4 and malloc+8; if you know better, allow it with --unsafe',
    ],
    [
      'uprobe:libc:0x1009',
      /0x1009 of .* which begins at 0x1008; /,
      'instructions begin at 0x1008 and 0x100c; if you know better, allow it with --unsafe',
    ],
    [
      'uprobe:libc:malloc+16',
      /kernels were seen to execute the instruction at malloc\+16 of .* wrongly for a probe: programs crashed$/,
      'choose another instruction; if you know better, allow it with --unsafe',
    ],
    [
      'uprobe:libc:0x3000',
      /nothing tells whether an instruction begins at 0x3000 of .*; a uprobe inside one would make programs crash/,
      'if you know that one does, allow it with --unsafe',
    ],
    [
      'uretprobe:libc:malloc+4',
      /no function begins at malloc\+4 of .*; a uretprobe there would make programs crash or compute nonsense$/,
      'name a function alone; if you know better, allow it with --unsafe',
    ],
    [
      'uretprobe:libc:0x3000',
      /nothing tells whether a function begins at 0x3000 of .*; a uretprobe elsewhere would/,
      'if you know that one does, allow it with --unsafe',
    ],
  ] as const) {
    it(`refuses ${probe}, where a probe does harm, unless that is allowed`, () => {
      const program = `${probe} { @ = count() }`
      assert.throws(
        () => object(program),
        (error) => {
          assert.ok(error instanceof NotAllowedError)
          assert.ok(error.message.startsWith(`cannot attach ${probe}: `))
          assert.match(error.message, message)
          assert.equal(error.hint, hint)
          return true
        },
      )
      assert.ok(object(program, {unsafe: true}).programs.length > 0)
    })
  }

  it('asks nothing of a function alone, nor of a USDT probe', () => {
    const standing = (): never => assert.fail()
    for (const probe of ['uprobe:libc:malloc', 'uretprobe:libc:m*', 'usdt:libc:n'])
      assert.ok(object(`${probe} { @ = count() }`, {standing}).programs.length > 0)
  })

  it('leaves nothing of earlier events behind the end of a name, which would make it another key', () => {
    const {programs, maps} = object(`${openat} { @[comm] = count() }`)
    const lines = programs.flatMap((program) => disassemble(program, maps))
    const before = lines.slice(
      0,
      lines.findIndex((line) => line.includes('bpf_get_current_comm')),
    )
    assert.equal(before.filter((line) => /\*\(u64 \*\)\(r10 -\d+\) = 0$/.test(line)).length, 2)
  })

  it('asks for ids of a pid namespace where they are seen, and for those of the kernel in keys that nobody reads', () => {
    const pidNamespace = {
      address: 0xffff_8880_0000_1000n,
      depth: 1,
      level: 4,
      id: 112,
      thread: 8,
      process: [16, 24],
    } as const
    const lines = (text: string, context: Partial<CompileContext>): string => {
      const {programs, maps} = object(text, {pidNamespace, ...context})
      return programs.flatMap((program) => disassemble(program, maps)).join('\n')
    }
    const ofKernel = /get_current_pid_tgid/
    const ofNamespace = /get_current_task(_btf)?#[^]*0xffff888000001000/
    const text = `${openat} { @x[tid] = 1; @y[pid, 1] = 1 }`
    assert.match(lines(text, {readMaps: []}), ofKernel)
    assert.doesNotMatch(lines(text, {readMaps: []}), ofNamespace)
    for (const readMaps of [undefined, ['@x', '@y']]) {
      assert.match(lines(text, {readMaps}), ofNamespace)
      assert.doesNotMatch(lines(text, {readMaps}), ofKernel)
    }
    // Before Linux 5.13 programs of tracepoints have no types, and ask for each pointer.
    const reads = (release: readonly [number, number]): number =>
      lines('BEGIN { print(pid) }', {release}).split('probe_read_kernel#').length - 1
    assert.deepEqual([reads([5, 10]), reads([6, 12])], [4, 1])
    // A number that comes from elsewhere is an id of the namespace.
    assert.match(lines(`BEGIN { @x[$1] = 1 } ${openat} { @x[tid] = 1 }`, {readMaps: []}), ofNamespace)
    assert.match(lines(`${openat} { print((pid, tid)) }`, {readMaps: []}), ofNamespace)
    assert.match(lines('uprobe:libc:malloc { print(1) }', {process: 7}), ofNamespace)
  })

  it('does nothing behind the last object of an iterator', () => {
    const {programs, maps} = object('iter:task { @ = ctx->task->pid }')
    assert.deepEqual(programs[0]?.attachment, {kind: 'iter', target: 'task', typeId: 23})
    const lines = programs.flatMap((program) => disassemble(program, maps))
    const test = lines.findIndex((line) => line.includes('r1 = *(u64 *)(r6 +8)'))
    assert.match(lines[test + 1] ?? '', /if r1 == 0x0 goto/)
    assert.ok(lines.slice(0, test).every((line) => !line.includes('call')))
  })

  it('sees the calls of one process only, if it is told to', () => {
    const first = (text: string): string => {
      const {programs, maps} = object(text, {process: 181})
      return programs.flatMap((program) => disassemble(program, maps)).join('\n')
    }
    assert.match(first('uprobe:libc:malloc { @ = count() }'), /r0 != 0xb5/)
    assert.doesNotMatch(first('BEGIN { @ = count() }'), /0xb5/)
  })

  describe('finds out what maps hold', () => {
    for (const [text, shape] of [
      ['@ = 5', int(true)],
      ['@ = (uint8)5', int(false)],
      ['@ = 5; @ = (uint64)5', int(false)],
      ['@ = (uint64)5; @ = -5', int(true)],
      ['@ = nsecs - 5', int(false)],
      ['@ = pid > 5', int(true)],
      ['@ = -pid', int(false)],
      ['@++', int(true)],
      ['@ = @a; @a = (uint16)1', int(false)],
      ['@ = "a"; @ = "four"', {kind: 'text', bytes: 5}],
      ['@ = comm', {kind: 'text', bytes: 16}],
      ['@ = curtask->comm', {kind: 'text', bytes: 17}],
      ['@ = str(0)', {kind: 'text', bytes: 64}],
      ['@ = str(0, 7)', {kind: 'text', bytes: 7}],
      ['@ = curtask->real_parent', {kind: 'pointer'}],
      ['@ = curtask->real_parent->pid', int(true)],
      ['@ = curtask->flag', int(false)],
      [
        '@ = (1, comm)',
        {
          kind: 'tuple',
          bytes: 24,
          parts: [
            {offset: 0, shape: int(true)},
            {offset: 8, shape: {kind: 'text', bytes: 16}},
          ],
        },
      ],
    ] as const)
      it(text, () => assert.deepEqual(named(text, '@').held, {kind: 'value', shape}))

    for (const [text, held] of [
      ['@ = count()', {kind: 'count'}],
      ['@ = sum(-1)', {kind: 'sum', signed: true}],
      ['@ = max(nsecs)', {kind: 'max', signed: false}],
      ['@ = hist(5, 2)', {kind: 'hist', bits: 2}],
      ['@ = lhist(5, 0, 100, 10)', {kind: 'lhist', min: 0n, max: 100n, step: 10n}],
    ] as const)
      it(text, () => assert.deepEqual(named(text, '@').held, held))
  })

  it('lays out keys, and takes a tuple for several', () => {
    const {key, offsets} = named('@["abc", pid] = 1; @[("a longer one", 5)] = 2', '@')
    assert.deepEqual(offsets, [0, 16])
    assert.deepEqual(key, [{kind: 'text', bytes: 13}, int(false)])
    assert.deepEqual(named('@[1] = hist(5)', '@').offsets, [0])
  })

  it('makes an array of a map without keys, which says whether it was set', () => {
    const compiled = object('BEGIN { @a = 1; @c = count(); @s = sum(5); @h = hist(1); @k[1] = 1 }')
    const of = (name: string): unknown => {
      const found = compiled.named.find((each) => each.name === name)
      const map = compiled.maps[found?.map ?? -1]
      return [map?.type, map?.valueSize, map?.entries, found?.present]
    }
    assert.deepEqual(of('@a'), [mapTypes.array, 16, 1, 8])
    assert.deepEqual(of('@c'), [mapTypes.perCpuArray, 8, 1, 0])
    assert.deepEqual(of('@s'), [mapTypes.perCpuArray, 16, 1, 8])
    assert.deepEqual(of('@h'), [mapTypes.perCpuArray, 8, 66, undefined])
    assert.deepEqual(of('@k'), [mapTypes.hash, 8, 4096, undefined])
  })

  describe('lets the kernel keep with a thread what a system call leaves for its end', () => {
    const program = `${openat} { @path[tid] = args.dfd } ${openat.replace('enter', 'exit')} /@path[tid]/ {
      print(@path[tid]);
      delete(@path[tid]);
    }`
    const typeOf = (text: string, context: Partial<CompileContext> = {}): number | undefined => {
      const {named, maps} = object(text, {readMaps: ['@shown'], ...context})
      return maps[named.find(({name}) => name.startsWith('@'))?.map ?? -1]?.type
    }

    it('of a tool, which prints no such map', () => {
      assert.equal(typeOf(program), mapTypes.taskStorage)
      assert.ok(object(program, {readMaps: []}).btf)
    })

    for (const [why, text, context] of [
      ['all maps are printed', program, {readMaps: undefined}],
      ['the tool reads it', program.replaceAll('@path', '@shown'), {}],
      ['the kernel is older', program, {release: [6, 1]}],
      ['the kernel does not know its types', program, {types: undefined}],
      ['a key is another', `${program} ${openat} { @path[pid] = 1 }`, {}],
      ['it is printed', `${program} END { print(@path) }`, {}],
      ['it is cleared', `${program} END { clear(@path) }`, {}],
      ['it is asked whether there is a key', `${program} ${openat} /has_key(@path, tid)/ { @a = 1 }`, {}],
      ['a deletion is asked', `${openat} { @path[tid] = 1; if (delete(@path, tid)) { @a = 1 } }`, {}],
      ['it counts', `${openat} { @path[tid]++ }`, {}],
      ['it holds texts', `${openat} { @path[tid] = comm }`, {}],
      ['interrupts may change it', `${program} kprobe:vfs_read { @path[tid] = 1 }`, {}],
    ] as const)
      it(`not where ${why}`, () => assert.equal(typeOf(text, context as object), mapTypes.hash))
  })

  it('takes maps for empty whose clauses have no probe here, if the program bears that', () => {
    const text = `kprobe:gone { @x[tid] = nsecs; @h[comm] = hist(1) }
      ${openat} /@x[tid]/ { print(@x[tid]); for ($kv : @h) { print($kv.0) } }`
    assert.throws(() => object(text), /there is no probe kprobe:gone/)
    const bearing = object(`config = { missing_probes = "ignore" } ${text}`)
    assert.deepEqual([bearing.programs.length, bearing.warnings], [1, []])
    const warning = object(`config = { missing_probes = "warn" } ${text}`)
    assert.match(warning.warnings.join(), /there is no probe kprobe:gone on this machine: it is left out/)
    assert.throws(
      () => object(`config = { missing_probes = "ignore" } ${openat} { print(@x) }`),
      /nothing is ever assigned to @x/,
    )
  })

  it('puts texts of unknown length behind the rest of a record', () => {
    const {records} = object(`${openat} { print((pid, comm, str(args.filename), ("a", args.dfd))) }`)
    assert.deepEqual(records, [
      {
        kind: 'value',
        shape: {
          kind: 'tuple',
          bytes: 48,
          parts: [
            {offset: 0, shape: int(false)},
            {offset: 8, shape: {kind: 'text', bytes: 16}},
            {offset: 24, shape: {kind: 'elsewhere', of: 'text'}},
            {
              offset: 32,
              shape: {
                kind: 'tuple',
                bytes: 16,
                parts: [
                  {offset: 0, shape: {kind: 'choice', texts: ['a']}},
                  {offset: 8, shape: int(true)},
                ],
              },
            },
          ],
        },
      },
    ])
  })

  it('asks how full the ring is before it wakes the reader, unless each record is to wake it', () => {
    const code = (wakesAtOnce: boolean): string => {
      const {programs, maps} = object('BEGIN { print(5) }', {wakesAtOnce})
      return programs.map((program) => disassemble(program, maps).join('\n')).join('\n')
    }
    const forced = /\(b7\) r4 = 2\n/g
    assert.match(code(false), /call bpf_ringbuf_query/)
    assert.doesNotMatch(code(true), /call bpf_ringbuf_query/)
    assert.equal(code(true).match(forced)?.length, 1)
  })

  it('writes code that one can read', () => {
    const {programs, maps} = object(`${openat} /pid == 7/ { @[args.dfd] = count() }`)
    const [program] = programs
    assert.ok(program)
    assert.equal(program.type, programTypes.tracepoint)
    assert.deepEqual(program.attachment, {
      kind: 'tracepoint',
      category: 'syscalls',
      name: 'sys_enter_openat',
    })
    const lines = disassemble(program, maps).map((line) => line.replace(/^\s*\d+:\s*/, ''))
    // The context is kept, the gate looked at, then the predicate: nothing else is done for other processes.
    assert.deepEqual(lines.slice(0, 3), [
      '(bf) r6 = r1',
      '(18) r1 = map[name:globals][0]+0',
      '(61) r1 = *(u32 *)(r1 +0)',
    ])
    assert.match(lines[3] ?? '', /if r1 != 0x0 goto/)
    assert.deepEqual(lines.slice(4, 6), ['(85) call bpf_get_current_pid_tgid#14', '(77) r0 >>= 32'])
    assert.match(lines[6] ?? '', /if r0 != 0x7 goto/)
    // `int dfd; size:8` is an int.
    assert.ok(lines.includes('(61) r0 = *(u32 *)(r6 +16)'))
    assert.ok(!lines.some((line) => line.includes('bpf_probe_read')))
  })

  it('shares the code of probes that do not differ', () => {
    const [enter, exit] = object('tracepoint:syscalls:* { @ = count() }').programs
    assert.ok(enter && exit)
    assert.equal(enter.instructions, exit.instructions)
    const own = object('tracepoint:syscalls:* { @[probe] = count() }').programs
    assert.deepEqual(
      own.map(({probe}) => probe),
      ['tracepoint:syscalls:sys_enter_openat', 'tracepoint:syscalls:sys_exit_openat'],
    )
    assert.notEqual(own[0]?.instructions, own[1]?.instructions)
    const [all, ...more] = object('kprobe:vfs_* { @[func] = count() }').programs
    assert.deepEqual(all?.attachment, {kind: 'kprobe', functions: ['vfs_read', 'vfs_write'], offset: 0})
    assert.deepEqual(more, [])
    assert.equal(object('kprobe:vfs_* { @[probe] = count() }').programs.length, 2)
  })

  it('knows each place of a USDT probe by its arguments', () => {
    const {programs} = object('usdt:libc:n { print(arg0) }')
    assert.deepEqual(
      programs.map(
        ({attachment}) => attachment.kind === 'uprobe' && [attachment.offsets, attachment.semaphores],
      ),
      [
        [[16], [8]],
        [[32], [8]],
      ],
    )
    assert.notEqual(programs[0]?.instructions, programs[1]?.instructions)
  })

  it('knows a USDT probe by each form of its name', () => {
    for (const name of ['p:n', 'n', ':n', '*:n', 'p:*', '*'])
      assert.equal(object(`usdt:libc:${name} { @ = count() }`).programs.length, 2, name)
    for (const name of ['libc:q:n', 'libc:m', 'libd::n'])
      assert.throws(() => object(`usdt:${name} { @ = count() }`), /there is no probe usdt:/)
    for (const name of ['usdt::p:n', 'usdt:*:p:n', 'usdt:/lib/li?c.so:n', 'uprobe:/lib/*:malloc'])
      assert.throws(() => object(`${name} { @ = count() }`), UnsupportedError, name)
  })

  it('takes the parameters, the settings and what runs it', () => {
    const {records, maps} = object(
      'config = { max_map_keys = 5 } BEGIN { printf("%d %s", $1, str($2)); @[1] = $# }',
    )
    assert.equal(maps.find(({name}) => name === 'AT_')?.entries, 5)
    assert.deepEqual(records[0], {
      kind: 'printf',
      format: '%d %s',
      shape: {
        kind: 'tuple',
        bytes: 16,
        parts: [
          {offset: 0, shape: int(true)},
          {offset: 8, shape: {kind: 'choice', texts: ['seven']}},
        ],
      },
    })
  })

  it('leaves out probes that are not there, and says so, if others are', () => {
    const {programs, warnings} = object('kprobe:vfs_read, kprobe:gone { @ = count() }')
    assert.equal(programs.length, 1)
    assert.deepEqual(warnings, [
      'line 1, column 18: there is no probe kprobe:gone on this machine: it is left out',
    ])
  })

  describe('says what is wrong', () => {
    for (const [text, message, hint] of [
      ['BEGIN { @ = 1; @ = "a" }', '16: @ holds int64, and cannot hold string[2] as well'],
      [
        'BEGIN { @h[1] = hist(5, 2); @h[2] = hist(100, 4) }',
        '29: @h is used for hist() with 2 bits, not 4, elsewhere',
      ],
      ['BEGIN { exit() }}', '17: there is a } without its {'],
      ['BEGIN { @ = count(); @ = 1 }', '22: @ is used for count() elsewhere'],
      ['BEGIN { @[1] = 1; @["a"] = 1 }', '19: @ has [int64] elsewhere, and [string[2]] here'],
      ['BEGIN { print($x) }', '15: nothing was assigned to $x before'],
      ['BEGIN { print(@x) }', '15: nothing is ever assigned to @x'],
      ['BEGIN { print(args.x) }', '15: args has nothing for a probe of kind begin'],
      [`${openat} { print(args.file) }`, '46: tracepoint:syscalls:sys_enter_openat has no argument file'],
      [
        'iter:task { print(args.task) }',
        '19: args has nothing for a probe of kind iter',
        'its members are those of ctx: meta, task',
      ],
      ['iter:task { print(ctx.tusk) }', '19: iter:task has no argument tusk', 'is it task?'],
      ['iter:t* { }', '1: an iterator is named by what it goes over, such as iter:task'],
      ['iter:gone { }', '1: there is no probe iter:gone on this machine'],
      ['kprobe:gone { }', '1: there is no probe kprobe:gone on this machine'],
      ['krobe:x { }', '1: there is no kind of probe krobe', 'is it kprobe or uprobe?'],
      ['BEGIN { print(curtask->pdi) }', '15: struct task_struct has no member pdi', 'is it pid?'],
      ['BEGIN { print((struct nope)1) }', '16: there is no type struct nope'],
      ['BEGIN { printf("%d") }', '9: the format of printf() has 1 place for 0 values'],
      ['BEGIN { printf("%d", comm) }', '22: %d cannot show string[16]'],
      ['BEGIN { print(nope) }', '15: nobody knows what nope is'],
      ['BEGIN { nope(1) }', '9: there is no function nope'],
      ['BEGIN { print(retval) }', '15: a probe of kind begin has no retval'],
      ['BEGIN { print(1 / 0) }', '15: this divides by 0'],
      ['BEGIN { $x = 1; $x = "a" }', '17: $x holds int64, and cannot hold string[2] as well'],
      ['BEGIN { break }', '9: break is for loops'],
      ['BEGIN { unroll(0) { } }', '15: a block can be unrolled 1 to 100 times'],
      ['config = { max_maps = 1 } BEGIN { }', '12: there is no setting max_maps'],
    ] as const)
      it(text, () => {
        assert.throws(
          () => object(text),
          (error) => {
            assert.ok(error instanceof UsageError, String(error))
            assert.equal(error.message, `line 1, column ${message}`)
            if (hint !== undefined) assert.equal(error.hint, hint)
            return true
          },
        )
      })
  })

  it('refuses what is nested too deep instead of running out of stack', () => {
    const branches = Array.from({length: 5000}, (_, n) => `if (pid == ${n}) { print(${n}) }`)
    for (const body of [
      `print(${'1 + '.repeat(20_000)}1)`,
      `print(${'pid + '.repeat(5000)}pid)`,
      branches.join(' else '),
    ])
      assert.throws(() => object(`BEGIN { ${body} }`), {
        name: 'UsageError',
        message: 'the program is nested too deep',
      })
  })

  describe('has the kernel call the body of a range', () => {
    const calls = (text: string, context: Partial<CompileContext> = {}): number => {
      const {programs, maps} = object(`BEGIN { ${text} }`, context)
      const lines = programs.flatMap((program) => disassemble(program, maps))
      return lines.filter((line) => line.includes('call bpf_loop#181')).length
    }
    const inner = 'for ($j : 0..10) { print($j) }'
    const old = {release: [5, 16]} as const

    for (const [text, expected, context] of [
      ['for ($i : 0..100) { print($i) }', 0],
      ['for ($i : 0..101) { print($i) }', 1],
      ['for ($i : 5..pid) { print($i) }', 1],
      ['for ($i : pid..5) { print($i) }', 1],
      ['for ($i : 5..3) { print($i) }', 0],
      [`for ($i : 0..10) { ${inner} }`, 0],
      [`for ($i : 0..11) { ${inner} }`, 1],
      [`for ($i : 0..pid) { ${inner} }`, 1],
      [`for ($i : 0..11) { print($i) } ${inner}`, 0],
      ['for ($i : 0..8388608) { print($i) }', 1],
      ['for ($i : 0..1000) { print($i) }', 0, old],
    ] as const)
      it(`${text}${context ? ' before Linux 5.17' : ''}: ${expected}`, () =>
        assert.equal(calls(text, context), expected))

    const nested = (depth: number): string =>
      depth === 0 ? '@++;' : `for ($i${depth} : 0..pid) { ${nested(depth - 1)} }`

    it('up to the depth of its calls', () => {
      assert.equal(calls(nested(7)), 7)
      assert.throws(
        () => calls(nested(8)),
        /: loops are nested deeper than the kernel calls functions, 7 times$/,
      )
    })

    it('and refuses more numbers than it goes through', () =>
      assert.throws(
        () => calls('for ($i : -1..8388608) { print($i) }'),
        /: a range has at most 8388608 numbers, as many as the kernel goes through$/,
      ))

    it('and lets the verifier forget what the body changes', () => {
      const {programs, maps} = object(
        'BEGIN { $a = 1; $b = 2; for ($i : 0..pid) { $a++; @ = $b } print($a) }',
      )
      const lines = programs.flatMap((program) => disassemble(program, maps)).join('\n')
      // r9 is memory of a map; once before each round, and once behind the last.
      const passage =
        /\*\(u64 \*\)\(r9 \+(\d+)\) = r0\n.*r0 = \*\(u64 \*\)\(r9 \+\1\)\n.*\*\(u64 \*\)\(r(8|10) -8\) = r0/g
      assert.deepEqual(
        [...lines.matchAll(passage)].map(([, , base]) => base),
        ['10', '8'],
      )
    })
  })

  it('refuses a program without probes', () => {
    for (const text of ['', '// only a comment', 'config = { max_map_keys = 5 }'])
      assert.throws(() => object(text), {message: 'the program has no probes to attach'})
  })

  describe('names what it does not have', () => {
    for (const [text, what] of [
      ['BEGIN { skboutput("a", 1, 2, 3) }', 'skboutput()'],
      ['iter:task:pinned { }', 'an iterator that is pinned to a file'],
      ['watchpoint:0x1000:8:w { }', 'a probe of kind watchpoint'],
      ['BEGIN { @ = tseries(1, 1s, 5) }', 'tseries()'],
      ['BEGIN { print(args) }', 'args as a whole'],
      ['#include <linux/fs.h>\n# include "own.h"\nBEGIN { }', '#include of a file of your own'],
      ...(
        [
          ['int (*p)[3];', 'a pointer to an array'],
          ['int v[sizeof(int)];', 'such a length of an array'],
          ['int v : sizeof(int);', 'such a number of bits'],
          ['int v __attribute__((aligned(8)));', 'an attribute of a member'],
          [
            'struct { int x; } __attribute__((aligned(8))) v;',
            'an attribute of a structure that is not packed alone',
          ],
          ['struct __attribute__((packed)) { char x : 3; long y : 63; } v;', 'a bit field in 9 bytes'],
        ] as const
      ).map(([member, what]) => [`struct own { ${member} }; BEGIN { }`, what] as const),
      ['BEGIN { print("abc" < "abd") }', 'the order of texts'],
      ['BEGIN { print(strstr("abc", "b")) }', 'strstr()'],
      ['BEGIN { print(leader_tid) }', 'the builtin leader_tid'],
      ['uprobe:libc:malloc { print(args.size) }', 'args.size of a function of a process'],
      ['BEGIN { print(kstack(1) == kstack(1)) }', 'a comparison of stacks'],
      ...['x', 'y[1]', 'p[1]'].map(
        (member) =>
          [
            `struct f { float x; double y[2]; double *p; }; BEGIN { $f = (struct f *)0; print($f->${member}) }`,
            'a floating-point number',
          ] as const,
      ),
      [
        'BEGIN { $n = 4; print(str("abcdef", $n)) }',
        'str() with a length that is not constant of a text of our own',
      ],
      [
        'BEGIN { $n = 4; print(str($1, $n)) }',
        'str() with a length that is not constant of a text of our own',
      ],
      [
        'BEGIN { $n = 4; print(str(comm, $n)) }',
        'str() with a length that is not constant of a text of our own',
      ],
    ] as const)
      it(text, () => {
        assert.throws(
          () => object(text),
          (error) => {
            assert.ok(error instanceof UnsupportedError, String(error))
            assert.ok(error.message.endsWith(`: ${what} is not in this engine yet`), error.message)
            return true
          },
        )
      })

    it('names the kernel that it takes', () => {
      const loop = 'BEGIN { @[1] = 1; for ($kv : @) { print($kv.0) } }'
      assert.equal(object(loop).programs[0]?.functions?.length, 2)
      assert.throws(() => object(loop, {release: [5, 10]}), UnsupportedError)
      const range = 'BEGIN { for ($i : 0..pid) { print($i) } }'
      assert.ok(object(range, {release: [5, 17]}))
      assert.throws(
        () => object(range, {release: [5, 16]}),
        /a range whose bounds are not constant, before Linux 5\.17, is not in this engine yet/,
      )
      const total = 'BEGIN { @ = count(); print((uint64)@ + 1) }'
      assert.ok(object(total))
      assert.throws(() => object(total, {release: [5, 15]}), UnsupportedError)
      const tai = 'BEGIN { print(nsecs(tai)) }'
      assert.ok(object(tai, {release: [6, 1]}))
      assert.throws(() => object(tai, {release: [5, 19]}), /nsecs\(tai\) before Linux 6\.1/)
      const began = 'uretprobe:libc:malloc { print(func) }'
      assert.ok(object(began, {release: [6, 6]}))
      assert.throws(
        () => object(began, {release: [6, 5]}),
        /func or uaddr\(\) where a function of a process returns, before Linux 6\.6/,
      )
    })

    it('compares the name of the probe with texts', () => {
      const compared = (text: string): string[] => {
        const {programs, maps} = object(`kprobe:vfs_read, kprobe:vfs_write { if (${text}) { @ = count() } }`)
        return programs.map((program) => disassemble(program, maps).join('\n'))
      }
      const [same, other] = compared('probe == "kprobe:vfs_read"')
      assert.notEqual(same, other)
      assert.deepEqual(compared('"kprobe:vfs_write" != probe'), [same, other])
    })

    it('knows where data is by a probe that is in one place', () => {
      const text = 'usdt:libc:p:n { print(uaddr("data")) }'
      const userSymbol = (): {address: bigint; size: number} => ({address: 8n, size: 4})
      const probe = {provider: 'p', name: 'n', semaphore: 0, arguments: ''}
      const at = (...offsets: number[]) => ({
        userSymbol,
        usdt: () => offsets.map((offset) => ({...probe, offset})),
      })
      assert.ok(object(text, at(16)))
      assert.throws(
        () => object(text, at(16, 32)),
        /uaddr\(\) in a USDT probe that is in several places is not in this engine yet/,
      )
    })
  })
})
