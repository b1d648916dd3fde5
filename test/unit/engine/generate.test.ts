import assert from 'node:assert/strict'
import {select} from '#src/engine/event/select.js'
import {byParent} from '#src/engine/filters.js'
import {generateProgram, type GenerateOptions} from '#src/engine/generate.js'
import {sampleColumns, sampleTool} from '../../support/sample.js'

describe('generateProgram', () => {
  const program = (columns: readonly string[], options: Partial<GenerateOptions> = {}): string =>
    generateProgram(sampleTool, sampleTool.sources[0], {
      flags: {},
      selection: select(sampleColumns, columns),
      includeSelf: false,
      tracesCommand: false,
      ...options,
    })
  const clause = (condition: string, tuple: string, probes = 'kprobe:a,\nkprobe:b'): string =>
    `${probes}\n${condition}{\n\t@sent = count();\n\tprint((${tuple}));\n}\n`
  const others = '/pid != $1 && pid != $3/\n'

  it('sends the columns that are needed, and leaves out itself', () => {
    assert.equal(program(['path', 'pid']), clause(others, '0, nsecs, pid, str($path)'))
    assert.equal(program(['quadruple']), clause(others, '0, nsecs, $size'))
  })

  it('shows itself when asked to', () => {
    assert.equal(program(['pid'], {includeSelf: true}), clause('', '0, nsecs, pid'))
  })

  it('needs not leave out itself where a process is asked for', () => {
    assert.equal(program(['pid'], {flags: {pid: 5}}), clause('/pid == 5/\n', '0, nsecs, pid'))
  })

  it('traces a command by parameter', () => {
    assert.equal(program(['pid'], {tracesCommand: true}), clause('/pid == $2/\n', '0, nsecs, pid'))
    assert.equal(
      program(['pid'], {tracesCommand: true, flags: {pid: 5}}),
      clause('/pid == $2 && pid == 5/\n', '0, nsecs, pid'),
    )
  })

  it('sets no condition on the process where events have none', () => {
    const systemWide = {...sampleTool, systemWide: true} as const
    const text = generateProgram(systemWide, sampleTool.sources[0], {
      flags: {},
      selection: select(sampleColumns, ['pid']),
      includeSelf: false,
      tracesCommand: true,
    })
    assert.equal(text, clause('', '0, nsecs, pid'))
  })

  it('traces the descendants of a command for a tool that follows', () => {
    const follows = (tracesCommand: boolean): string =>
      generateProgram({...sampleTool, follows: true}, sampleTool.sources[0], {
        flags: {},
        selection: select(sampleColumns, ['pid']),
        includeSelf: false,
        tracesCommand,
      })
    assert.equal(follows(false), clause(others, '0, nsecs, pid'))
    const text = follows(true)
    assert.ok(text.startsWith('BEGIN\n{\n\t@followed[$2] = 1;\n}\n'))
    assert.ok(text.endsWith(clause('/@followed[pid]/\n', '0, nsecs, pid')))
    assert.match(text, /sched_process_fork\n\/@followed\[pid\]\/\n\{\n\t@followed\[args->child_pid\] = 1;/)
  })

  it('sends time and thread with rows that have pieces, and the pieces before', () => {
    assert.equal(
      program(['full'], {includeSelf: true}),
      'kprobe:a,\nkprobe:b\n{\n\t$time = nsecs;\n\t@sent = count();\n\tprint((1, $time, tid, str($name)));\n\t@sent = count();\n\tprint((0, $time, tid, $depth, str($path)));\n}\n',
    )
  })

  it('knows threads by the ids of the kernel in a pid namespace, and parents by those seen there', () => {
    const pidNamespace = {
      address: 2n ** 64n - 16n,
      depth: 2,
      level: 4,
      id: 128,
      thread: 8,
      process: [0, 8],
    } as const
    assert.match(program(['full'], {pidNamespace}), /print\(\(1, \$time, curtask->pid, str\(\$name\)\)\)/)

    const follows = {...sampleTool, follows: true, filters: [byParent]}
    const text = generateProgram(follows, sampleTool.sources[0], {
      flags: {ppid: 7},
      selection: select(sampleColumns, ['pid']),
      includeSelf: false,
      tracesCommand: true,
      pidNamespace,
    })
    const isFollowed = 'pid == $2 || @followed[curtask->tgid]'
    assert.ok(text.startsWith('tracepoint:sched:sched_process_fork\n/' + isFollowed + '/\n'))
    const pid = 'curtask->real_parent->group_leader->thread_pid'
    const seen = `((struct upid *)((uint64)${pid} + 128))`
    const parent = `(${pid}->level >= 2 && (int64)${seen}->ns == -16 ? (int64)${seen}->nr : 0)`
    assert.ok(text.endsWith(clause(`/(${isFollowed}) && (${parent} == 7)/\n`, '0, nsecs, pid')), text)
  })

  it('leaves out probes that this machine has not', () => {
    assert.equal(
      program(['pid'], {includeSelf: true, exists: (probe) => probe === 'kprobe:b'}),
      clause('', '0, nsecs, pid', 'kprobe:b'),
    )
  })
})
