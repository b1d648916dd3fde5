import assert from 'node:assert/strict'
import type {Message} from '#src/engine/backend/backend.js'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import {backendOf} from '#src/engine/backend/choose.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {loadTools} from '../../scripts/tools.js'
import {type Bpftrace, bpftraces} from '../support/bpftraces.js'
import {attachesTo, type GoldenProgram, goldenPrograms, largestRow} from '../support/golden.js'
import {libraryPath} from '../support/library.js'
import {inGuest, skipWithout} from '../support/skip.js'
import {setEnvironment, temporaryFolder} from '../support/temporary.js'
import {adapted} from './adapt.js'
import {comparable} from './comparable.js'
import {alone, leftOut} from './differing.js'
import {together} from './together.js'
import {tracingLibraries, workFor} from './works.js'

/** So many programs share one run of the work; in a guest, on demand, one can choose them. */
const atOnce = inGuest ? 1 : 10
const everywhere = !inGuest || process.env['TSTRACE_GOLDEN'] === '1'

interface Golden extends GoldenProgram {
  /** `opensnoop/plain.tracepoint.bt` */
  readonly path: string
  readonly label: string
  readonly source: string
  /** What it attaches to that this machine lacks. */
  readonly lacking: string | undefined
}

type Said = PromiseSettledResult<readonly Message[]>[]

const machine = new Machine()
const ownPrograms = await machine.ownPrograms()
const installed = await bpftraces()

const missing: (keyof typeof attachesTo)[] = []
for (const kind of ['fentry', 'kprobe', 'hardwareCounters'] as const)
  if (!(await machine[kind]()).ok) missing.push(kind)

for (const [tool, definition] of await loadTools()) {
  const programs = await goldenPrograms(
    tool,
    definition,
    (tracepoint, field) => machine.tracepointField(tracepoint, field),
    libraryPath('libc.so.6'),
  )
  const all = [...programs].map(([file, program]): Golden => {
    const [label, source = ''] = file.split('.')
    const lacking = missing.find((kind) => attachesTo[kind].test(program.program))
    return {...program, path: `${tool}/${file}`, label: `${tool}/${label}`, source, lacking}
  })
  const batches = batchesOf(all.filter(({lacking}) => lacking === undefined))

  for (const bpftrace of bpftracesFor(all)) {
    const version = bpftrace?.version ?? 'from 0.18 on'
    describe(`golden programs of ${tool}: the embedded engine says the same as bpftrace ${version}`, () => {
      const folder = temporaryFolder()
      let restore = (): void => {}
      before(function () {
        skipWithout(this, 'programs of its own', ownPrograms.ok)
        skipWithout(this, 'a bpftrace that tells stacks apart', bpftrace !== undefined)
        restore = setEnvironment({TSTRACE_BPFTRACE: bpftrace?.path})
      })
      after(() => {
        restore()
        folder.remove()
      })

      /** A batch is run when the first of its programs is looked at. */
      const said = new Map<Golden[], Promise<Said[]>>()
      for (const golden of all) {
        it(golden.path, async function () {
          skipWithout(this, golden.lacking ?? '', golden.lacking === undefined)
          skipWithout(
            this,
            'time: TSTRACE_GOLDEN=1 runs in a guest, too, what this machine runs, in half an hour',
            everywhere || Object.values(attachesTo).some((each) => each.test(golden.program)),
          )
          const batch = batches.find((each) => each.includes(golden)) ?? []
          const running = said.get(batch) ?? runAll(batch, version, folder.path)
          said.set(batch, running)
          const [ours, theirs] = ((await running)[batch.indexOf(golden)] ?? []).map((each) => {
            if (each.status === 'rejected') throw each.reason
            return comparable(each.value, golden.maps ?? [], leftOut(tool, golden.label, version))
          })
          assert.deepEqual(ours, theirs)
          const content = [...(ours?.rows ?? []), ...Object.values(ours?.maps ?? {}).flat()]
          assert.notEqual(content.length, 0, 'nothing was compared')
        })
      }
    })
  }
}

/** The machine's own, or the next that can count stacks: before 0.18, several of them get one place; and the newest. */
function bpftracesFor(programs: readonly Golden[]): (Bpftrace | undefined)[] {
  const hasStacks = programs.some(({maps = []}) => maps.some(({key}) => key.includes('stack')))
  const able = installed.filter(({version}) => !hasStacks || Number(version.split('.')[1]) >= 18)
  return [...new Set([able[0], able.at(-1)])]
}

/** Programs that are run at the same time: those of one source, as they need the same work. */
function batchesOf(programs: readonly Golden[]): Golden[][] {
  const batches: Golden[][] = []
  for (const golden of programs) {
    const open = batches.findLast(
      ([first, ...others]) =>
        first?.source === golden.source &&
        others.length + 1 < atOnce &&
        ![first, golden].some(({label}) => alone.includes(label)),
    )
    if (open === undefined) batches.push([golden])
    else open.push(golden)
  }
  return batches
}

/** What both engines say to some programs while the work is done. */
async function runAll(programs: readonly Golden[], version: string, folder: string): Promise<Said[]> {
  const [first] = programs
  if (first === undefined) return []
  const engines = await Promise.all(
    (['embedded', 'bpftrace'] as const).map((engine) => backendOf(engine, machine, '')),
  )
  const plan = workFor(first.path.split('/')[0] ?? '', first.source, folder)
  return together(programs, engines, plan, ({program, maps = [], mapKeys, textRoom}, work) => ({
    program: tracingLibraries(folder, adapted(program, work)),
    parameters: [process.pid, work.pid],
    row: largestRow,
    // The same for both.
    textRoom: textRoom ?? dialectOf(version).room(largestRow),
    bufferPages: undefined,
    maps,
    mapKeys,
  }))
}
