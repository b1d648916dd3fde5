import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {Config} from '@oclif/core'
import {toolGroups} from '#src/engine/definition.js'
import {type CommandView, commandHelp} from '#src/engine/help/command.js'
import {rootHelp} from '#src/engine/help/root.js'
import {allFlags} from '#src/engine/define.js'
import {root} from '../../scripts/root.js'
import {loadTools} from '../../scripts/tools.js'
import {tstrace} from '../support/processes.js'

const tools = await loadTools()
const config = await Config.load(root)
const own = config.commands.filter(({pluginName}) => pluginName === config.pjson.name) as CommandView[]
const views = new Map(own.map((command) => [command.id, command]))

describe('the help', () => {
  it('of tstrace has every tool under what it looks at, and every other command', () => {
    const text = rootHelp('Tracing tools.', own)
    assertFits(text)
    for (const [name, {group}] of tools) {
      const [, members = ''] = text.split(`\n${toolGroups[group]}\n`)
      assert.match(members.split('\n\n')[0] ?? '', new RegExp(`^  ${name} `, 'm'))
    }
    const [, others = ''] = text.split('\nTHIS TOOLKIT\n')
    for (const {id} of own.filter(({id}) => !tools.has(id) && !id.includes(':')))
      assert.match(others.split('\n\n')[0] ?? '', new RegExp(`^  ${id} `, 'm'))
  })

  it('lists a tool of an unknown group, as a plugin may have, under the others', () => {
    const odd = {id: 'odd', summary: 'Odd.', tstrace: {api: 1, group: 'new', overhead: '', sources: []}}
    assert.match(rootHelp('', [odd as never]), /\nOTHERS\n {2}odd {2}Odd\.\n/)
  })

  for (const [name, tool] of tools) {
    describe(`of ${name}`, () => {
      const text = commandHelp(views.get(name) as CommandView, true)

      it('fits in 80 columns', () => assertFits(text))

      it('has every flag, under its group', () => {
        const sections = text.split('\n\n')
        for (const [long, {group, position}] of Object.entries(allFlags(tool))) {
          if (position !== undefined) continue
          const heading = {filter: 'FILTERS', output: 'OUTPUT', engine: 'ENGINE'}[group]
          const flags = sections.find((section) => section.startsWith(`${heading}\n`)) ?? ''
          assert.match(flags, new RegExp(`^  (-\\w,|   ) --${long}( |$)`, 'm'))
        }
      })

      it('says in one line what it costs, and names the sources', () => {
        const [, cost = ''] = text.split('\nOVERHEAD\n')
        assert.equal(cost.split('\n\n')[0], `  ${tool.overhead.cost}`)
        for (const source of tool.sources) assert.match(text, new RegExp(`^  ${source.name} `, 'm'))
      })

      it('has examples that a shell can read, on one line each, with flags that there are', () => {
        assert.ok(tool.examples.length > 0)
        for (const {command} of tool.examples) {
          assert.ok(text.includes(`\n    tstrace ${command}\n`), command)
          const words = shellWords(command.replace(/ [|>] .*/, ''))
          assert.equal(words[0], name)
          const options = words.slice(1, words.indexOf('--') < 0 ? undefined : words.indexOf('--'))
          const known = Object.entries(allFlags(tool)).flatMap(([long, {char}]) => [`--${long}`, `-${char}`])
          assert.deepEqual(
            options.filter((word) => /^--?[a-zA-Z]/.test(word) && !known.includes(word)),
            [],
          )
        }
      })
    })
  }

  it('of the other commands fits in 80 columns', () => {
    for (const [name, view] of views) if (!tools.has(name)) assertFits(commandHelp(view, false))
  })

  it('of plugins and of each of its commands fits in 80 columns', async () => {
    const topics = config.commands.map(({id}) => id).filter((id) => id.startsWith('plugins'))
    assert.ok(topics.length > 3)
    for (const id of topics) {
      const {code, stdout, stderr} = await tstrace([...id.split(':'), '-h']).outcome
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, new RegExp(`^ +\\$ tstrace ${id.replaceAll(':', ' ')}( |$)`, 'm'))
      assert.deepEqual(
        stdout.split('\n').filter((line) => line.length > 80),
        [],
      )
    }
  })

  it('of tstrace is what it says without arguments, and by -h', async () => {
    for (const args of [[], ['-h']]) {
      const {code, stdout, stderr} = await tstrace(args).outcome
      assert.deepEqual([code, stderr], [0, ''])
      assertFits(stdout)
      assert.match(stdout, /^USAGE\n {2}tstrace TOOL /m)
      for (const name of [...tools.keys(), 'doctor', 'plugins'])
        assert.match(stdout, new RegExp(`^  ${name} `, 'm'))
    }
  })

  it('is the same by -h, --help and `help`', async () => {
    const calls = [
      ['opensnoop', '-h'],
      ['opensnoop', '-x', '--help'],
      ['help', 'opensnoop'],
    ]
    for (const args of calls) {
      const {code, stdout, stderr} = await tstrace(args).outcome
      assert.deepEqual([code, stderr], [0, ''])
      assert.equal(stdout, commandHelp(views.get('opensnoop') as CommandView, true))
    }
  })
})

/** The words that a shell makes of a line, which must not have anything else for it to do. */
function shellWords(line: string): string[] {
  const {stdout, stderr} = spawnSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`], {
    encoding: 'utf8',
    // What a pattern or a variable would become here.
    cwd: '/proc/self/ns',
  })
  assert.equal(stderr, '')
  return stdout.split('\0').slice(0, -1)
}

function assertFits(text: string): void {
  assert.deepEqual(
    text.split('\n').filter((line) => line.length > 80 || /\s$/.test(line)),
    [],
  )
}
