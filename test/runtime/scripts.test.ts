import assert from 'node:assert/strict'
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {compile} from '#src/engine/backend/embedded/compile.js'
import {load} from '#src/engine/backend/embedded/load.js'
import {machineContext} from '#src/engine/backend/embedded/machinecontext.js'
import type {ObjectFile} from '#src/engine/backend/embedded/object.js'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import {MachineError} from '#src/engine/errors.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {type Lack, scripts, type TestedVersion, testedVersions} from '../scripts.js'
import {type Bpftrace, bpftraces} from '../support/bpftraces.js'
import {Running} from '../support/processes.js'
import {skipWithout} from '../support/skip.js'

const machine = new Machine()
const context = machineContext({parameters: [], textRoom: 1024, now: () => 0n}, machine)
const marker = '__BPFTRACE_NOTIFY_PROBES_ATTACHED'

/** Loads a program, and attaches it where this kernel has what its probes are made of; gives the refusal, if any. */
async function refusal(text: string): Promise<string | undefined> {
  let object: ObjectFile
  try {
    object = compile(text, context)
  } catch (error) {
    return (error as Error).message
  }
  const loaded = await load(object, {text, machine})
  try {
    const isKprobe = object.programs.some(({attachment: {kind}}) => kind === 'kprobe' || kind === 'kretprobe')
    if (!isKprobe || (await machine.kprobe()).ok) await loaded.attach()
    // Some bear it, by the setting missing_probes.
    if (object.missingProbes === 'error') assert.deepEqual(loaded.refused, [])
  } catch (error) {
    if (error instanceof MachineError) return error.message
    throw error
  } finally {
    await loaded.close()
  }
  return undefined
}

/** Whether bpftrace itself gets the script to run. */
async function runs({path, version}: Bpftrace, script: string): Promise<boolean> {
  const tracer = new Running(path, [...dialectOf(version).options, script], {
    env: {...process.env, __BPFTRACE_NOTIFY_PROBES_ATTACHED: '1'},
  })
  const attached = await tracer.written(marker).then(
    () => true,
    () => false,
  )
  tracer.signal('SIGKILL')
  await tracer.outcome
  return attached
}

function lackOf(name: string, version: TestedVersion): Lack | undefined {
  const lacks = scripts[name]?.lacks
  return (lacks?.of?.includes(version) ?? true) ? lacks : undefined
}

const tested = (await bpftraces()).flatMap((bpftrace) => {
  const version = testedVersions.find((each) => bpftrace.version.startsWith(`${each}.`))
  return version === undefined ? [] : [{...bpftrace, short: version}]
})

describe('scripts that come with bpftrace load, or what they lack is named', () => {
  before(function () {
    skipWithout(this, 'a bpftrace whose scripts are tested', tested.length > 0)
  })

  for (const bpftrace of tested) {
    const {short, version, scripts: folder} = bpftrace
    const names = readdirSync(folder).filter((name) => name.endsWith('.bt'))

    it(`${short}: all of them are known`, () => {
      const known = Object.entries(scripts).filter(([, {of}]) => of?.includes(short) ?? true)
      assert.deepEqual(names.sort(), known.map(([name]) => name).sort())
    })

    for (const name of names) {
      it(`${short}: ${name}`, async () => {
        const path = join(folder, name)
        const said = await refusal(readFileSync(path, 'utf8'))
        if (said === undefined) return
        assert.match(said, /^(line \d+, column \d+: |cannot attach \w+:)/)
        const lacks = lackOf(name, short)
        if (lacks !== undefined) assert.ok(said.includes(` ${lacks.name}`), said)
        // What the table does not name is something that another kernel lacks, or a bug of ours.
        if (lacks?.silent !== short)
          assert.equal(await runs(bpftrace, path), false, `${version} runs it: ${said}`)
      })
    }
  }
})
