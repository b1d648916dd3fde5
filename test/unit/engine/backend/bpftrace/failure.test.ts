import assert from 'node:assert/strict'
import {midRunFailure, startFailure, tellingWords} from '#src/engine/backend/bpftrace/failure.js'

const limit =
  'ERROR: couldn\'t set RLIMIT_MEMLOCK for bpftrace. If your program is not loading, you can try "ulimit -l 8192"'
const exit = {version: '0.17.0', code: 1, signal: null, words: []}

describe('startFailure', () => {
  const kind = (...words: string[]): string => startFailure({...exit, words}).name

  it('takes refused programs for what they are, in the words of every version', () => {
    for (const words of [
      ['stdin:1:9-12: ERROR: Unknown function: foo', 'BEGIN { foo(1); }', '        ~~~'],
      ['stdin:4-7: ERROR: str() takes up to 2 arguments (3 provided)'],
      ['stdin:2:1-1: ERROR: syntax error, unexpected end of file, expecting }'],
      ["stdin:2:1-1: ERROR: syntax: expected '}'"],
      ['Error loading program: tracepoint:syscalls:sys_enter_openat (try -v)'],
      ['Error attaching probe: kprobe:nosuchfn'],
      ['ERROR: failed to load BPF program'],
      ['Looks like the BPF stack limit of 512 bytes is exceeded. Try reducing it.'],
    ]) {
      assert.equal(kind(...words), 'ProgramError', words[0])
      assert.equal(kind(limit, ...words), 'ProgramError', words[0])
    }
  })

  it('takes missing rights for a lack of this machine', () => {
    const words = ['ERROR: bpftrace currently only supports running as the root user.']
    const {name, exitCode, hint, context} = startFailure({...exit, words})
    assert.deepEqual(
      {name, exitCode, hint, context},
      {name: 'MachineError', exitCode: 3, hint: 'run tstrace as root', context: words},
    )
    assert.equal(kind('ERROR: Missing CAP_BPF'), 'MachineError')
    assert.equal(kind('Error attaching probe: Operation not permitted'), 'MachineError')
    assert.equal(kind('ERROR: Include headers or install BTF information to your system.'), 'MachineError')
    assert.equal(kind('Kernel lockdown is enabled and set to confidentiality'), 'MachineError')
  })

  it('is the kernel where it takes no probe on an instruction', () => {
    const words = [
      'perf_event_open(/sys/kernel/tracing/events/uprobes/p__lib_x_15bed0_4_bcc_22204/id): Unknown error 524',
      'ERROR: Error attaching probe: uprobe:/lib/x:__memset_avx2_unaligned_rtm',
    ]
    const {name, hint, context} = startFailure({...exit, words})
    assert.deepEqual([name, context], ['MachineError', words])
    assert.match(hint ?? '', /--engine embedded/)
  })

  it('knows a tracefs that is read-only, as in a container', () => {
    const words = [
      'create_probe_event: open(/sys/kernel/tracing/uprobe_events): Read-only file system',
      'ERROR: Error attaching probe: uprobe:/lib/x86_64-linux-gnu/libc.so.6:getenv',
    ]
    const {name, hint} = startFailure({...exit, words})
    assert.equal(name, 'MachineError')
    assert.match(hint ?? '', /^mount it writable/)
  })

  it('does not blame what is said at every start', () => {
    const error = startFailure({...exit, code: 3, words: [limit, '', '  ']})
    assert.equal(error.message, 'bpftrace 0.17.0 ended while starting, with exit code 3')
    assert.deepEqual(error.context, [])
  })

  it('tells of a crash before anything else', () => {
    const error = startFailure({...exit, code: null, signal: 'SIGABRT', words: ['stdin:1:1-2: ERROR: x']})
    assert.equal(error.message, 'bpftrace 0.17.0 crashed while starting (SIGABRT)')
    assert.equal(error.name, 'RunError')
  })

  it('shows twenty lines at most, the first ones', () => {
    const words = Array.from({length: 30}, (_, index) => `line ${index}`)
    assert.deepEqual(startFailure({...exit, words}).context, words.slice(0, 20))
  })
})

describe('midRunFailure', () => {
  it('shows ten lines at most, the last ones', () => {
    const words = [...Array.from({length: 30}, (_, index) => `line ${index}`), limit]
    const error = midRunFailure({...exit, code: 255, words})
    assert.deepEqual(error.context, words.slice(20, 30))
    assert.equal(
      error.message,
      'bpftrace 0.17.0 died in the middle of the run, with exit code 255; what it had not sent is lost',
    )
    assert.equal(error.hint, 'run it again; `dmesg` may say more')
  })

  it('knows what a SIGKILL that nobody sent may mean', () => {
    const error = midRunFailure({...exit, code: null, signal: 'SIGKILL'})
    assert.match(error.message, /by SIGKILL;/)
    assert.equal(error.hint, 'the kernel may have run out of memory: see `dmesg`')
  })
})

describe('tellingWords', () => {
  it('leaves out empty lines and the warning about the memory limit', () => {
    assert.deepEqual(tellingWords(['', 'a', limit, ' ', 'b']), ['a', 'b'])
  })
})
