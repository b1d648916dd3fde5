import assert from 'node:assert/strict'
import {join} from 'node:path'
import {forgotten, heldBy, idsOf} from '../../support/held.js'
import {Running} from '../../support/processes.js'

const script = join(import.meta.dirname, '..', '..', 'support', 'holder.js')

/** Starts a process that has attached probes of all kinds. */
async function start(): Promise<Running> {
  const holder = new Running(process.execPath, [script])
  await holder.firstLine
  return holder
}

describe('nothing of the embedded engine stays in the kernel', () => {
  const endings: Record<string, (holder: Running) => void> = {
    'after SIGKILL': (holder) => holder.signal('SIGKILL'),
    'after SIGTERM': (holder) => holder.signal('SIGTERM'),
    'after an exit that closes nothing': (holder) => holder.send('exit\n'),
  }
  for (const [name, end] of Object.entries(endings)) {
    it(name, async () => {
      const holder = await start()
      const ids = idsOf(holder.pid)
      assert.ok(ids.program.length >= 5 && ids.map.length === 4 && ids.link.length > 0, JSON.stringify(ids))
      end(holder)
      await holder.outcome
      await forgotten(ids)
    })
  }

  it('after a close, while the process goes on', async () => {
    const holder = await start()
    const ids = idsOf(holder.pid)
    holder.send('close\n')
    await holder.written('closed\n')
    assert.deepEqual(heldBy(holder.pid), [])
    await forgotten(ids)
    holder.closeInput()
    assert.equal((await holder.outcome).code, 0)
  })
})
