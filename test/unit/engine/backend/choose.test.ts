import assert from 'node:assert/strict'
import type {Backend, Job, Session} from '#src/engine/backend/backend.js'
import {askedEngine, backendOf, Candidates} from '#src/engine/backend/choose.js'
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
    seesPidNamespace: () => Promise.resolve(true),
    start: () => (refusal === undefined ? Promise.resolve(session) : Promise.reject(refusal)),
  }
}

/** Engines that this machine has, or why not. */
function candidates(embedded: Backend | Error, bpftrace: Backend | Error): Candidates {
  const found = {embedded, bpftrace}
  return new Candidates(['embedded', 'bpftrace'], (engine) => {
    const one = found[engine]
    return one instanceof Error ? Promise.reject(one) : Promise.resolve(one)
  })
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

  it('falls on the first that takes the program, and says why not those before', async () => {
    const first = new ProgramError('no')
    const engines = candidates(backend('embedded', first), backend('bpftrace'))
    assert.equal((await engines.start(job)).backend.name, 'bpftrace')
    assert.deepEqual(engines.refused, [{engine: 'embedded', error: first}])
  })

  it('does not look for an engine that is not needed', async () => {
    const engines = candidates(backend('embedded'), new RangeError('looked for'))
    assert.equal((await engines.start(job)).backend.name, 'embedded')
  })

  it('leaves out engines that this machine cannot use', async () => {
    const missing = new MachineError('it is too old')
    const engines = candidates(missing, backend('bpftrace'))
    assert.equal((await engines.best()).name, 'bpftrace')
    assert.deepEqual(engines.refused, [{engine: 'embedded', error: missing}])
  })

  it('ends with what the first says of the program if none takes it', async () => {
    const error = new ProgramError('a')
    for (const other of [backend('bpftrace', new ProgramError('b')), new MachineError('not installed')])
      await assert.rejects(candidates(backend('embedded', error), other).start(job), error)
  })

  it('does not go on after what is no refusal', async () => {
    const broken = new RangeError('broken')
    await assert.rejects(candidates(backend('embedded', broken), backend('bpftrace')).start(job), broken)
  })

  it('says what is missing where nothing can run it', async () => {
    const machine = new Machine()
    machine.ownPrograms = () => Promise.resolve({ok: false, why: 'it is too old'})
    await assert.rejects(backendOf('embedded', machine, '1'), (error) => {
      assert.ok(error instanceof MachineError)
      assert.match(error.message, /^the embedded engine cannot run here: it is too old$/)
      return true
    })
    await assert.rejects(candidates(new MachineError('a'), new MachineError('b')).best(), (error) => {
      assert.ok(error instanceof MachineError)
      assert.deepEqual(error.context, ['embedded: a', 'bpftrace: b'])
      return true
    })
  })
})
