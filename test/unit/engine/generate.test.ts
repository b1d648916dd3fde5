import assert from 'node:assert/strict'
import {select} from '#src/engine/event/select.js'
import {byParent, byPid} from '#src/engine/filters.js'
import {generateProgram, type GenerateOptions} from '#src/engine/generate.js'
import {sampleColumns, sampleTool} from '../../support/sample.js'

const pidNamespace = {
  ...{address: 2n ** 64n - 16n, depth: 2, level: 4, id: 128, thread: 8},
  process: [0, 8],
} as const

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

  it('traces a command by parameter, from its exec on', () => {
    const begin = 'tracepoint:sched:sched_process_exec\n/pid == $2/\n{\n\t@began = 1;\n}\n\n'
    assert.equal(
      program(['pid'], {tracesCommand: true}),
      begin + clause('/pid == $2 && @began/\n', '0, nsecs, pid'),
    )
    assert.equal(
      program(['pid'], {tracesCommand: true, flags: {pid: 5}}),
      begin + clause('/(pid == $2 && @began) && pid == 5/\n', '0, nsecs, pid'),
    )
  })

  it('follows what a process or a command starts', () => {
    const byItself = {...sampleTool, filters: [byPid]}
    const generate = (options: Partial<GenerateOptions>): string =>
      generateProgram(byItself, sampleTool.sources[0], {
        flags: {follow: true},
        selection: select(sampleColumns, ['pid']),
        includeSelf: false,
        tracesCommand: false,
        ...options,
      })
    const fork = 'sched_process_fork\n/@followed[pid]/'
    const process = generate({flags: {pid: 5, follow: true}})
    assert.ok(process.startsWith('BEGIN\n{\n\t@followed[5] = 1;\n}\n'), process)
    assert.ok(process.includes(fork))
    assert.ok(process.endsWith(clause('/@followed[pid]/\n', '0, nsecs, pid')), process)
    const command = generate({tracesCommand: true})
    assert.ok(
      command.startsWith('tracepoint:sched:sched_process_exec\n/pid == $2/\n{\n\t@followed[pid] = 1;\n}\n'),
    )
    assert.ok(command.includes(fork))
    const hidden = generate({flags: {pid: 5, follow: true}, tracesCommand: true, pidNamespace})
    const root = 'pid == 5 || (pid == $2 && @began)'
    assert.ok(hidden.endsWith(clause(`/(${root}) || @followed[curtask->tgid]/\n`, '0, nsecs, pid')), hidden)
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
