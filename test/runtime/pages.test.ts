import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {Machine} from '#src/engine/kernel/machine.js'
import {pagePath} from '../../scripts/pages.js'
import {root} from '../../scripts/root.js'
import {loadTools} from '../../scripts/tools.js'
import {packExample} from '../support/example.js'
import {differences, examplesOf, type PageExample, plain, textDifferences} from '../support/pageexamples.js'
import {Running} from '../support/processes.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {idle, onStage, type Stage, stages} from '../support/stages.js'
import {temporaryFolder} from '../support/temporary.js'

/** How long each kind of line may take to come. */
const patience = 60_000

/** Attaching them one by one takes minutes. */
const manyProbes = '--max-probes 2000'

const machine = new Machine()

/** What an example needs that not every machine has, by a part of its command. */
const needs: readonly (readonly [part: string, need: string, isThere: () => boolean | Promise<boolean>])[] = [
  // What the pages show is what a machine without them says.
  [
    'tstrace doctor',
    'a kernel without fentry and kprobes',
    async () => !(await machine.fentry()).ok && !(await machine.kprobe()).ok,
  ],
  ['tstrace tcpretrans', 'cgroup v2', () => machine.cgroup2.length > 0],
  ['tstrace profile', 'cc', () => isInstalled('cc')],
  ['jq', 'jq', () => isInstalled('jq')],
  ['-- ssh', 'ssh', () => isInstalled('ssh')],
  ['-- gcc', 'gcc', () => isInstalled('gcc')],
  ['-- man', 'man', () => isInstalled('man')],
  ['-- curl', 'curl', () => isInstalled('curl')],
]

function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

const others = ['tstrace', 'run', 'doctor', 'list', 'man', 'completion', 'new-tool', 'prepare-plugin']
const pages = [...(await loadTools()).keys(), ...others].map((name) => [name, pagePath(name)] as const)
const pluginPage = [
  'synccount',
  join('examples', 'tstrace-plugin-synccount', 'man', 'synccount.8.md'),
] as const

describe('the examples of the pages', function () {
  this.timeout(120_000)
  inGuestsOnly(
    ...['vfsstat:', "funccount: tstrace funccount 'vfs", 'argdist: tstrace argdist -T 10'],
    "argdist: tstrace argdist -H 'r::vfs",
  )
  let temporary: ReturnType<typeof temporaryFolder>
  let folder: string
  let env: NodeJS.ProcessEnv

  before(() => {
    temporary = temporaryFolder()
    folder = temporary.path
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'bin'))
    const write = (file: string, text: string): void => {
      writeFileSync(join(folder, file), text)
      chmodSync(join(folder, file), 0o755)
    }
    write('bin/tstrace', `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'run.js')}' "$@"\n`)
    write('nightly', '#!/usr/bin/env sh\ncp db "old db"\ngzip -f "old db"\n')
    write('script', 'for i in 1 2 3; do cat db > /dev/null; done\n')
    write('count.sh', 'for i in {1..100}; do : $((i + 1)); done\n')
    write('hello.c', 'int main(void) { return 0; }\n')
    write('db', 'rows\n')
    symlinkSync('/bin/dd', join(folder, 'python3'))
    mkdirSync(join(folder, 'tree'))
    env = {...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}`}
    delete env['TSTRACE_LAUNCHER']
  })
  after(() => temporary.remove())

  let compiled: string | undefined
  /** The folder of a plugin that was compiled. */
  const plugin = (): string => (compiled ??= dirname(packExample(folder)))

  /** Where it is installed. */
  const pluginData = (): string => {
    const data = join(folder, 'data')
    mkdirSync(data, {recursive: true})
    const plugins = [{name: 'tstrace-plugin-synccount', type: 'link', root: plugin()}]
    writeFileSync(join(data, 'package.json'), JSON.stringify({oclif: {plugins}}))
    return data
  }

  /** Runs a command as it stands on the page, but for process ids and long times; Ctrl-C ends one without an end. */
  async function run(
    example: PageExample,
    stage: Stage,
  ): Promise<{code: number | null; text: string; words: string}> {
    return onStage(folder, stage, async ({working, sleeping}) => {
      let command = example.command
        .replaceAll('/srv/nightly', join(folder, 'nightly'))
        // Nobody listens there.
        .replaceAll('https://example.com', 'http://127.0.0.1:9')
      for (const pid of stage.pids) command = command.replaceAll(pid, `${working}`)
      for (const pid of stage.sleeping ?? []) command = command.replaceAll(pid, `${sleeping}`)
      command = command.replace(/ -([dDi]) (8|10|60)\b/g, ' -$1 2').replace(/ (10|60)( 2>| \||$)/, ' 2$2')
      // It prints nothing before its end, so that nobody can see when it has seen enough.
      if (/ stackcount /.test(command) && !endsByItself(command)) command += ' -D 2'
      const running = new Running('sh', ['-c', / (\||&&) /.test(command) ? command : `exec ${command}`], {
        cwd: command.includes('prepare-plugin') ? plugin() : folder,
        env: {
          ...env,
          ...(command.includes(manyProbes) && {TSTRACE_ENGINE: 'embedded'}),
          ...(command.startsWith('tstrace synccount') && {TSTRACE_DATA_DIR: pluginData()}),
        },
      })
      if (!endsByItself(command)) {
        // Until it has shown each kind of line; what is still missing then is said by who compares.
        const shown = running.until((stdout) => differences(stdout.split('\n'), example.output).length === 0)
        const late = new Promise<void>((resolve) => setTimeout(resolve, patience).unref())
        await Promise.race([shown.catch(() => {}), late])
        running.signal('SIGINT')
      }
      const {code, stdout, stderr} = await running.outcome
      return {code, text: stdout, words: stderr}
    })
  }

  for (const [name, page] of [...pages, pluginPage]) {
    for (const example of examplesOf(readFileSync(join(root, page), 'utf8'))) {
      const shown = example.command.split('\n')[0] ?? ''
      it(`${name}: ${shown}`, async function () {
        for (const [part, need, isThere] of needs)
          if (example.command.includes(part)) skipWithout(this, need, await isThere())
        const {code, text, words} = await run(example, stages[name] ?? idle)
        const lack = /no kprobes|no event source|kernel has no function/.exec(words)?.[0]
        skipWithout(this, `for an example: ${lack}`, lack === undefined || text !== '')
        assert.ok(code === 0, `exit code ${code}: ${words}`)
        // What a traced command says is on stderr, and on the page.
        const said = words.split('\n').map(plain)
        const own = example.output.filter((line) => line.trim() === '' || !said.includes(plain(line)))
        const printed = text.trimEnd().split('\n')
        const file = / > (\w+)$/.exec(example.command)?.[1]
        if (file !== undefined) assert.match(readFileSync(join(folder, file), 'utf8'), /^\S+;\S.* \d+$/m)
        else if (saysTheSame(example.command)) assert.deepEqual(textDifferences(printed, own), [], words)
        else assert.deepEqual(differences(printed, own), [], words)
      })
    }
  }
})

/** Whether a command prints the same wherever it is run, but for numbers: it traces nothing. */
function saysTheSame(command: string): boolean {
  return /^tstrace (doctor|list|man|completion|prepare-plugin) |--program|tstrace new-tool /.test(
    `${command} `,
  )
}

/** Whether a command has an end of its own. */
function endsByItself(command: string): boolean {
  return (
    / -- | -d \d| -D \d|--limit|--program| -n 1 | \|/.test(command) ||
    !/tstrace \w*(snoop|count|stat|dist|retrans|profile)/.test(command) ||
    /profile .*\d+( 2>\S+)?( >.*)?$/.test(command) ||
    /vfsstat \d+ \d+/.test(command)
  )
}
