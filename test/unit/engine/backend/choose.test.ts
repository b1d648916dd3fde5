import assert from 'node:assert/strict'
import type {Backend, Job, Session} from '#src/engine/backend/backend.js'
import {askedEngine, findBackends, startFirst} from '#src/engine/backend/choose.js'
import type {Engine} from '#src/engine/engines.js'
import {MachineError, ProgramError, UsageError} from '#src/engine/errors.js'
import {Machine} from '#src/engine/kernel/machine.js'

const job: Job = {
  program: '',
  parameters: [1, 0],
  row: {numbers: 0, texts: 0},
  bufferPages: undefined,
}
const session = {} as Session

function backend(name: Engine, refusal?: Error): Backend {
  return {
    name,
    version: '1',
    attachesUprobesAtOnce: true,
    start: () => {
      if (refusal !== undefined) throw refusal
      return session
    },
  }
}

describe('the choice of the engine', () => {
  const before = process.env['TSTRACE_ENGINE']
  afterEach(() => {
    delete process.env['TSTRACE_ENGINE']
    if (before !== undefined) process.env['TSTRACE_ENGINE'] = before
  })

  it('is the flag, then the variable, then auto', () => {
    delete process.env['TSTRACE_ENGINE']
    assert.equal(askedEngine(undefined), 'auto')
    process.env['TSTRACE_ENGINE'] = ''
    assert.equal(askedEngine(undefined), 'auto')
    process.env['TSTRACE_ENGINE'] = 'embedded'
    assert.equal(askedEngine(undefined), 'embedded')
    assert.equal(askedEngine('bpftrace'), 'bpftrace')
  })

  it('must be one that there is', () => {
    process.env['TSTRACE_ENGINE'] = 'ebpf'
    assert.throws(() => askedEngine(undefined), UsageError)
  })

  it('falls on the first that takes the program', () => {
    const first = new ProgramError('no')
    const {backend: taken, refused} = startFirst([backend('embedded', first), backend('bpftrace')], job)
    assert.equal(taken.name, 'bpftrace')
    assert.deepEqual(refused, [{engine: 'embedded', error: first}])
  })

  it('ends with what the first says if none does', () => {
    const errors = [new ProgramError('a'), new ProgramError('b')] as const
    const both = [backend('embedded', errors[0]), backend('bpftrace', errors[1])]
    assert.throws(() => startFirst(both, job), errors[0])
  })

  it('does not go on after what is no refusal', () => {
    const broken = new RangeError('broken')
    assert.throws(() => startFirst([backend('embedded', broken), backend('bpftrace')], job), broken)
  })

  it('says what is missing where nothing can run it', async () => {
    const machine = new Machine()
    machine.ownPrograms = () => Promise.resolve({ok: false, why: 'it is too old'})
    await assert.rejects(findBackends('embedded', machine, '1'), (error) => {
      assert.ok(error instanceof MachineError)
      assert.match(error.message, /^the embedded engine cannot run here: it is too old$/)
      return true
    })
  })
})
