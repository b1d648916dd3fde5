import assert from 'node:assert/strict'
import {basename} from 'node:path'
import type {Running} from '../support/processes.js'
import {Terminal} from '../support/terminal.js'
import {records} from '../support/trace.js'
import {examplePlugin} from './built.js'
import type {Sandbox} from './sandbox.js'

/** Where tstrace was installed, and the variables of who uses it. */
export interface Installed {
  readonly sandbox: Sandbox
  readonly env: Readonly<Record<string, string>>
}

/** What somebody does who has just installed tstrace, as tests; the same however it was installed. */
export function newcomersPath(installed: () => Installed): void {
  const out = (...args: string[]): Promise<string> => installed().sandbox.out(args, installed().env)

  it('tstrace doctor says what this machine can do', async () => {
    const text = await out('tstrace', 'doctor')
    assert.match(text, /^MACHINE\nkernel +\d+\.\d+/)
    assert.match(text, /^opensnoop +runs with source \w+$/m)
  })

  it('tstrace opensnoop -d 2 shows who opens which files', async () => {
    const {sandbox, env} = installed()
    await showsOpens(sandbox, ['tstrace', 'opensnoop', '-d', '2'], env)
  })

  it('every open of a command is traced, and no other', async () => {
    const command = 'i=0; while [ $i -lt 23 ]; do : </etc/debian_version; i=$((i+1)); done'
    const args = ['opensnoop', '--json', '--path', '/etc/debian_version', '--', 'sh', '-c', command]
    const {events, records: others} = records(await out('tstrace', ...args))
    assert.deepEqual(
      events.map(({comm, path, errno}) => ({comm, path, errno})),
      Array.from({length: 23}, () => ({comm: 'sh', path: '/etc/debian_version', errno: 0})),
    )
    assert.equal(others['end']?.['lost'], 0)
  })

  it('man tstrace-opensnoop shows its page', async () => {
    const page = await out('man', 'tstrace-opensnoop')
    assert.match(page, /^TSTRACE-OPENSNOOP\(8\) +tstrace manual +TSTRACE-OPENSNOOP\(8\)$/m)
    assert.match(page, /^DIFFERENCES FROM BCC$/m)
    assert.equal(await out('tstrace', 'man', 'opensnoop'), page)
  })

  for (const [shell, start] of Object.entries(shells)) {
    it(`TAB completes tools and flags in ${shell}`, async () => {
      const {sandbox, env} = installed()
      const [file, text, args] = start
      await sandbox.out(['sh', '-c', 'printf %s "$1" >"$2"', 'sh', text, file], env)
      const terminal = await Terminal.start(sandbox.commandLine(args), sandbox.environment(env))
      try {
        assert.equal((await terminal.completed('tstrace open')).trim(), 'tstrace opensnoop')
        assert.equal(
          (await terminal.completed('tstrace opensnoop --extended-f')).trim(),
          'tstrace opensnoop --extended-fields',
        )
      } finally {
        await terminal.end()
      }
    })
  }

  it('TAB completes tools and flags in fish', async () => {
    const complete = (line: string): Promise<string> => out('fish', '-c', `complete -C '${line}'`)
    assert.match(await complete('tstrace open'), /^opensnoop\b/m)
    assert.match(await complete('tstrace opensnoop --extended-f'), /^--extended-fields\b/m)
  })

  it('the example plugin is installed, traces, and is removed', async () => {
    const {sandbox, env} = installed()
    await out('tstrace', 'plugins', 'install', `file:/example/${basename(examplePlugin())}`)
    assert.match(await out('tstrace', 'list'), /^synccount /m)
    const tool = sandbox.start(['tstrace', 'synccount', '--json', '-n', 'sync'], env)
    await tool.firstLine
    await out('sh', '-c', 'i=0; while [ $i -lt 23 ]; do sync -d /etc/hostname; i=$((i+1)); done')
    await out('kill', '-s', 'INT', tool.pid.toString())
    const {code, stdout, stderr} = await tool.outcome
    assert.equal(code, 0, stderr)
    assert.equal(records(stdout).all.filter(({type, comm}) => type === 'count' && comm === 'sync').length, 23)
    await out('tstrace', 'plugins', 'uninstall', 'tstrace-plugin-synccount')
    assert.doesNotMatch(await out('tstrace', 'list'), /^synccount /m)
  })
}

/**
 * Shows that a command line of opensnoop, with a duration, traces.
 * @param meanwhile what to look at before it does
 * @returns what it wrote to stderr
 */
export async function showsOpens(
  sandbox: Sandbox,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  meanwhile: (tool: Running) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const tool = sandbox.start(args, env)
  await meanwhile(tool)
  // What it sets up before is on stderr.
  await tool.until((stdout) => stdout.includes('\n'))
  // Until the tool ends, so that it does not matter when its seconds are.
  const work = sandbox.start(['sh', '-c', 'while :; do cat /etc/debian_version; done'])
  const {code, stdout, stderr} = await tool.outcome
  work.signal('SIGKILL')
  await work.outcome
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^PID +COMM +FD +ERR +PATH\n/)
  assert.match(stdout, /^\d+ +cat +3 +0 \/etc\/debian_version$/m)
  return stderr
}

/** Interactive shells: their start file, what is in it (see `Terminal`), and how they are started. */
const shells: Readonly<Record<string, readonly [file: string, text: string, args: readonly string[]]>> = {
  bash: [
    '/root/.bashrc',
    `PS1='$ '; source /usr/share/bash-completion/bash_completion
bind -x '"\\C-g": printf "<%s:%s>\\n" "$((++n))" "$READLINE_LINE"; READLINE_LINE=; READLINE_POINT=0'
echo ready
`,
    ['bash', '-i'],
  ],
  zsh: [
    '/root/.zshrc',
    `PS1='$ '; unsetopt beep; autoload -Uz compinit; compinit -D -u
mark() { zle -I; print -r -- "<$((++n)):$BUFFER>"; BUFFER= }; zle -N mark; bindkey '^G' mark
print ready
`,
    ['zsh', '-i'],
  ],
}
