import {Machine} from '#src/engine/kernel/machine.js'
import {loadTools} from '../../scripts/tools.js'
import {accepts} from '../support/accept.js'
import {bpftraces} from '../support/bpftraces.js'
import {attachesTo, goldenPrograms} from '../support/golden.js'
import {libraryPath} from '../support/library.js'

const machine = new Machine()
const tools = await loadTools()

for (const bpftrace of await bpftraces()) {
  for (const [name, tool] of tools) {
    const programs = await goldenPrograms(
      name,
      tool,
      (tracepoint, field) => machine.tracepointField(tracepoint, field),
      libraryPath('libc.so.6'),
    )
    describe(`bpftrace ${bpftrace.version} accepts the program of ${name}`, () => {
      for (const [file, {program}] of programs) {
        // Those with kprobes, fentry and hardware counters are tried in test/runtime, where they are there.
        if (!Object.values(attachesTo).some((attach) => attach.test(program)))
          it(file, () => accepts(bpftrace, program))
      }
    })
  }
}
