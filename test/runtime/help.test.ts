import assert from 'node:assert/strict'
import {chmodSync, mkdtempSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'
import {loadTools} from '../../scripts/tools.js'
import {Running} from '../support/processes.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'

interface Manifest {
  readonly commands: Readonly<
    Record<string, {readonly examples?: readonly (string | {readonly command: string})[]}>
  >
}

const tools = await loadTools()
const {commands} = (
  (await import(join(root, 'oclif.manifest.json'), {with: {type: 'json'}})) as {default: Manifest}
).default
/** The examples that the help of each command of this package shows. */
const examples = Object.entries(commands).flatMap(([name, {examples = []}]) =>
  examples.map((example) => {
    const command = typeof example === 'string' ? example : example.command
    return {name, command: command.replaceAll('<%= config.bin %>', 'tstrace')}
  }),
)

describe('the examples of the help', function () {
  this.timeout(120_000)
  inGuestsOnly('tstrace vfsstat', "tstrace funccount 'vfs_*'", 'tstrace stackcount submit_bio')
  const {path: folder, remove} = temporaryFolder()
  before(() => {
    const program = join(folder, 'tstrace')
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'run.js')}' "$@"\n`)
    chmodSync(program, 0o755)
  })
  after(remove)

  for (const {name, command} of examples) {
    // These write where all users look; the tests of packages do so where nothing stays.
    if (name === 'completion' && command.includes('>')) continue
    it(`${command} works`, async function () {
      const others = [new Running('sleep', ['1000']), new Running('sleep', ['1000'])]
      try {
        const [first, second] = others.map(({pid}) => `${pid}`) as [string, string]
        const line = bounded(command, tools.has(name))
          .replace(/\b181\b/, first)
          .replace(/\b183\b/, second)
        const running = new Running('bash', ['-c', line], {
          cwd: mkdtempSync(join(folder, 'empty-')),
          env: {
            ...process.env,
            PATH: `${folder}:${process.env['PATH']}`,
            HOME: folder,
            TSTRACE_LAUNCHER: undefined,
          },
        })
        running.closeInput()
        const {code, stdout, stderr} = await running.outcome
        const lack = /no kprobes|no event source|kernel has no function/.exec(stderr)?.[0]
        skipWithout(this, `for an example: ${lack}`, lack === undefined || code !== 3)
        assert.equal(code, 0, `${line}: ${stdout}${stderr}`)
      } finally {
        for (const other of others) other.signal('SIGKILL')
        for (const other of others) await other.outcome
      }
    })
  }
})

/** A command that ends within seconds, also if it waits for Ctrl-C. */
function bounded(command: string, isTool: boolean): string {
  if (/ -- /.test(command)) return command
  if (/ run (?!-c)/.test(command))
    return command.replace(
      'tstrace run',
      'timeout --signal INT --kill-after 60 --preserve-status 5 tstrace run',
    )
  if (!isTool) return command
  const shortened = command.replace(/ -([dD]) \d+/, ' -$1 1').replace(/^(tstrace profile (?:-f )?)\d+/, '$11')
  return shortened === command ? command.replace(/^tstrace \S+/, '$& --duration 1') : shortened
}
