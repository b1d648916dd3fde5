import assert from 'node:assert/strict'
import {realpathSync} from 'node:fs'
import {join} from 'node:path'
import {readElf} from '#src/engine/kernel/elf.js'
import {findTarget} from '#src/engine/kernel/probes/targets.js'
import {engines} from '../support/engines.js'
import {Running, tstrace} from '../support/processes.js'
import {skipWithout} from '../support/skip.js'

/** Prime, so that no multiple of something else looks right. */
const many = 23
const library = realpathSync(findTarget('stdc++').path)
const names = new Set(readElf(library).probes.map(({name}) => name))

/** `throw` and `catch` say where the object is and what tells its type: the address of its name comes second there. */
const program = (target: string): string => `
usdt:${target}:throw /pid == $1/ { printf("throw %llx %llx %s\\n", arg0, arg1, str(*(uint64 *)(arg1 + 8))); }
usdt:${target}:catch /pid == $1/ { printf("catch %llx %llx\\n", arg0, arg1); }`

for (const {name, env} of await engines()) {
  describe(`USDT probes of a live process, with ${name},`, () => {
    it('give their arguments, from registers and from memory', async function () {
      skipWithout(this, 'USDT probes in libstdc++', names.has('throw') && names.has('catch'))
      const script = join(import.meta.dirname, '..', 'support', 'exceptions.js')
      // What is thrown at last ends it, and need not leave a core.
      const traced = new Running('sh', [
        '-c',
        'ulimit -c 0; exec "$0" "$@"',
        process.execPath,
        script,
        `${many}`,
      ])
      await traced.firstLine
      const pid = `${traced.pid}`
      const tool = tstrace(['run', '-v', '-e', program(`"${library}":libstdcxx`), pid], {
        env: {...process.env, ...env},
      })
      await tool.written('tstrace: attached\n')
      traced.send('go\n')
      traced.send('end\n')
      await traced.outcome
      // What an interrupted bpftrace has not read yet, it does not print.
      const shown = (text: string): number => text.match(/^(throw|catch) .*$/gm)?.length ?? 0
      await tool.until((text) => shown(text) >= many + 3)
      tool.signal('SIGINT')
      const {stdout, stderr} = await tool.outcome
      const events = [...stdout.matchAll(/^(throw|catch) (.*)$/gm)].map(([, event, values = '']) => ({
        event,
        values: values.split(' '),
      }))
      const seen = stdout + stderr
      const [thrown, ...more] = events.filter(({event}) => event === 'throw').map(({values}) => values)
      const [object = '', type = '', typeName] = thrown ?? []
      assert.deepEqual([typeName, more], ['St9bad_alloc', []], seen)
      // Of those that nobody threw, nobody says what they are. The last is caught twice on the way to the end.
      const caught = events.filter(({event}) => event === 'catch').map(({values}) => values)
      assert.deepEqual(
        caught.sort(),
        [...Array.from({length: many}, () => ['0', '0']), ['0', type], [object, type]],
        seen,
      )
    })
  })
}
