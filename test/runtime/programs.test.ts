import {Machine} from '#src/engine/kernel/machine.js'
import {loadTools} from '../../scripts/tools.js'
import {accepts} from '../support/accept.js'
import {bpftraces} from '../support/bpftraces.js'
import {attachesTo, goldenPrograms} from '../support/golden.js'
import {libraryPath} from '../support/library.js'
import {skipWithout} from '../support/skip.js'

const machine = new Machine()
const [bpftrace] = await bpftraces()

for (const [name, tool] of await loadTools()) {
  const programs = await goldenPrograms(
    name,
    tool,
    (tracepoint, field) => machine.tracepointField(tracepoint, field),
    libraryPath('libc.so.6'),
  )
  for (const source of ['fentry', 'kprobe', 'hardwareCounters'] as const) {
    describe(`the program of ${name} with ${source} is accepted`, () => {
      before(async function () {
        skipWithout(this, source, (await machine[source]()).ok && bpftrace !== undefined)
      })
      for (const [file, {program}] of programs) {
        if (attachesTo[source].test(program) && bpftrace !== undefined)
          it(file, () => accepts(bpftrace, program))
      }
    })
  }
}
