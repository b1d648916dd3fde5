import assert from 'node:assert/strict'
import {spawn, spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {Machine} from '#src/engine/kernel/machine.js'
import {pagePath} from '../../scripts/pages.js'
import {root} from '../../scripts/root.js'
import {loadTools} from '../../scripts/tools.js'
import {packExample} from '../support/example.js'
import {differences, examplesOf, type PageExample, plain} from '../support/pageexamples.js'
import {Running} from '../support/processes.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'

/** What goes on while the examples of a page run. */
interface Stage {
  /** The name of the process that works, and what it does over and over, as bash. `$T` is a process that sleeps. */
  readonly name: string
  readonly works: string
  /** The process ids on the page that mean it, and those that mean the sleeping one. */
  readonly pids: readonly string[]
  readonly sleeping?: readonly string[]
  readonly user?: 'nobody'
}

/** The program that works beside the examples of tcpretrans, until its stdin ends. */
const retransmits = join(root, 'build', 'test', 'support', 'retransmits.js')

const idle: Stage = {name: 'idle', works: 'pause', pids: []}
const busy: Stage = {name: 'imaged', works: 'for i in {1..10000}; do :; done', pids: ['5009']}
const opens = ': < settings.toml.local; : < key.pem; : >> shop.log; : <> orders.db; x=$RANDOM; pause'

/** Attaching them one by one takes minutes. */
const manyProbes = '--max-probes 2000'

const machine = new Machine()

const stages: Readonly<Record<string, Stage>> = {
  opensnoop: {name: 'shop', works: opens, pids: ['16882']},
  execsnoop: {name: 'cron', works: './nightly; pause', pids: []},
  killsnoop: {
    ...{name: 'bash', user: 'nobody', pids: [], sleeping: ['31384']},
    // Who may not send it: the kernel refuses.
    works: 'kill -0 $T; [ $UID = 0 ] || { kill 1; kill -9 1; }; kill -- -4000000; pause',
  },
  profile: busy,
  funccount: {name: 'bash', works: opens, pids: ['21370']},
  stackcount: {name: 'bash', works: opens, pids: ['21370', '14733']},
  argdist: {name: 'bash', works: opens, pids: ['181']},
  tcpretrans: {name: '', works: retransmits, pids: []},
  vfsstat: {name: 'bash', works: opens, pids: ['612']},
}

/** What an example needs that not every machine has, by a part of its command. */
const needs: readonly (readonly [part: string, need: string, isThere: () => boolean])[] = [
  ['tstrace tcpretrans', 'cgroup v2', () => machine.cgroup2.length > 0],
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
const pages = [...(await loadTools()).keys(), ...others]

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
    mkdirSync(join(folder, 'tree'))
    env = {...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}`}
    delete env['TSTRACE_LAUNCHER']
  })
  after(() => temporary.remove())

  /** The folder of a plugin that was compiled. */
  const plugin = (): string => dirname(packExample(folder))

  /** Runs what the stage says beside an example; the process ids of who works and who sleeps. */
  async function withStage<T>(
    {name, works, user}: Stage,
    during: (pids: {working: number; sleeping: number}) => Promise<T>,
  ): Promise<T> {
    if (works === retransmits) {
      const worker = new Running(process.execPath, [retransmits])
      try {
        return await during({working: worker.pid, sleeping: 0})
      } finally {
        worker.closeInput()
        assert.equal((await worker.outcome).code, 0)
      }
    }
    const program = join(folder, name)
    spawnSync('rm', ['-f', program])
    symlinkSync('/bin/bash', program)
    const sleeping = spawn('sleep', ['1000'])
    const loop = `exec 2> /dev/null 9<> <(:); pause() { read -t 0.05 -u 9; }; T=${sleeping.pid}; while :; do ${works}; done`
    const before = user === undefined ? [] : ['setpriv', '--reuid', user, '--clear-groups']
    const argv = [...before, program, '-c', loop]
    const working = spawn(argv[0] ?? '', argv.slice(1), {cwd: folder, stdio: 'ignore'})
    try {
      return await during({working: working.pid ?? 0, sleeping: sleeping.pid ?? 0})
    } finally {
      working.kill('SIGKILL')
      sleeping.kill('SIGKILL')
    }
  }

  /** Runs a command as it stands on the page, but for process ids and long times; Ctrl-C ends one without an end. */
  async function run(
    example: PageExample,
    stage: Stage,
  ): Promise<{code: number | null; text: string; words: string}> {
    return withStage(stage, async ({working, sleeping}) => {
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
        env: command.includes(manyProbes) ? {...env, TSTRACE_ENGINE: 'embedded'} : env,
      })
      if (!endsByItself(command)) {
        const wanted = filled(example.output.join('\n'))
        await running.until((stdout) => filled(stdout) >= Math.max(2, Math.min(wanted, 4))).catch(() => {})
        running.signal('SIGINT')
      }
      const {code, stdout, stderr} = await running.outcome
      return {code, text: stdout, words: stderr}
    })
  }

  for (const name of pages) {
    for (const example of examplesOf(readFileSync(join(root, pagePath(name)), 'utf8'))) {
      const shown = example.command.split('\n')[0] ?? ''
      it(`${name}: ${shown}`, async function () {
        for (const [part, need, isThere] of needs)
          if (example.command.includes(part)) skipWithout(this, need, isThere())
        const {code, text, words} = await run(example, stages[name] ?? idle)
        const lack = /no kprobes|no event source|kernel has no function/.exec(words)?.[0]
        skipWithout(this, `for an example: ${lack}`, lack === undefined || text !== '')
        assert.ok(code === 0, `exit code ${code}: ${words}`)
        // What a traced command says is on stderr, and on the page.
        const said = words.split('\n').map(plain)
        const own = example.output.filter((line) => !said.includes(plain(line)))
        assert.deepEqual(differences(text.trimEnd().split('\n'), own), [], words)
      })
    }
  }
})

/** How many lines are not empty. */
function filled(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length
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
