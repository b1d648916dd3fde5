import assert from 'node:assert/strict'
import {fdinfoOf} from '../../support/held.js'
import {tstrace} from '../../support/processes.js'
import {inGuestsOnly} from '../../support/skip.js'

/** What tells the programs of opensnoop apart: hashes of their instructions. Nothing in them depends on a process. */
async function programTags(...flags: string[]): Promise<string[]> {
  const tool = tstrace(['opensnoop', '--engine', 'embedded', '--include-self', ...flags])
  await tool.firstLine
  const tags = fdinfoOf(tool.pid).flatMap((info) => /^prog_tag:\s*(\w+)$/m.exec(info)?.slice(1) ?? [])
  tool.signal('SIGINT')
  await tool.outcome
  return tags.sort()
}

describe('--latency with the embedded engine', () => {
  inGuestsOnly()

  it('runs programs that wake the reader for each record, on top of the same ones for entries', async () => {
    const usual = await programTags()
    const eager = await programTags('--latency')
    assert.ok(usual.length > 0)
    assert.deepEqual(await programTags(), usual)
    assert.equal(eager.length, usual.length)
    const changed = eager.filter((tag) => !usual.includes(tag))
    assert.ok(changed.length > 0 && changed.length < eager.length)
  })
})
