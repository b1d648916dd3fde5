import assert from 'node:assert/strict'
import {join} from 'node:path'
import {type Lack, scripts, testedVersions} from '../scripts.js'
import {bpftraces} from '../support/bpftraces.js'
import {type Blocks, blocksIn} from '../support/blocks.js'
import {isAlive, Running} from '../support/processes.js'
import {skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'
import {comparisons, type Who} from './scripts.js'
import {bothPrint} from './bothprint.js'

for (const bpftrace of await bpftraces()) {
  const version = testedVersions.find((each) => bpftrace.version.startsWith(`${each}.`))
  if (version === undefined) continue

  describe(`the embedded engine prints of the scripts of bpftrace ${version} what that prints`, () => {
    let worker: Running | undefined
    const folder = temporaryFolder()
    let blocks: Blocks | undefined

    before(() => (blocks = blocksIn(folder.path)))
    after(async () => {
      worker?.closeInput()
      await worker?.outcome
      blocks?.remove()
      folder.remove()
    })

    /** A process that works, waiting; another where a failed test has ended the last. */
    async function waiting(): Promise<Running> {
      if (worker === undefined || !isAlive(worker.pid))
        worker = new Running(process.execPath, [join(import.meta.dirname, '../support/scriptwork.js')])
      await worker.firstLine
      return worker
    }

    for (const [name, comparison] of Object.entries(comparisons)) {
      const {work, rows, picks, atEnd, needs, heading = 2} = comparison
      if (!(scripts[name]?.of?.includes(version) ?? true)) continue
      it(name, async function () {
        skipWithout(this, needs?.what ?? '', needs === undefined || (await needs.has()))
        skipWithout(this, 'a disk for files of tests', work !== 'blocks' || blocks !== undefined)
        const worker = await waiting()
        let who: Who = {pid: Number(worker.stdout.split(' ')[0]), started: []}
        const does = async (): Promise<void> => {
          const before = worker.stdout.length
          worker.send(`${work} ${work === 'blocks' ? blocks?.path : folder.path}\n`)
          await worker.until((stdout) => /^did .*\n/m.test(stdout.slice(before)))
          who = {...who, started: JSON.parse(worker.stdout.slice(before).replace(/^did /, '')) as number[]}
        }
        const printed = await bothPrint(
          join(bpftrace.scripts, name),
          bpftrace,
          does,
          (output) =>
            output.split('\n').length > heading && (atEnd === true || picks(output, who).length >= rows),
        ).catch((error: unknown) => {
          const lacking = lackIn(error as Error, scripts[name]?.lacks)
          skipWithout(this, lacking ?? '', lacking === undefined)
          throw error
        })
        const compared = (output: string): string[] => [
          ...output.split('\n').slice(0, heading),
          ...[...picks(output, who)].sort(),
        ]
        assert.deepEqual(compared(printed.embedded), compared(printed.bpftrace))
        assert.equal(picks(printed.embedded, who).length, rows, printed.embedded)
      })
    }
  })
}

/** What keeps one of the engines from running a script here. */
function lackIn({message}: Error, lacks: Lack | undefined): string | undefined {
  const header = /fatal error: '(.*)' file not found|error: unknown type name/.exec(message)
  if (header !== null) return `headers of the kernel, which bpftrace reads for this script`
  if (message.includes('this kernel has no kprobes')) return 'kprobes'
  return lacks !== undefined && message.includes(` ${lacks.name}`) ? lacks.name : undefined
}
