import assert from 'node:assert/strict'
import {spawn, spawnSync} from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'
import {skipWithout} from '../support/skip.js'
import {isInstalled, Terminal} from '../support/terminal.js'

const isRoot = process.geteuid?.() === 0
/** A name of a process that a shell which evaluates it would obey. */
const hostile = '$(touch pwned)'

describe('completion in a real', function () {
  // Each TAB starts Node.
  this.timeout(120_000)
  let folder: string
  let env: NodeJS.ProcessEnv

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tstrace-completion-'))
    mkdirSync(join(folder, 'bin'))
    mkdirSync(join(folder, 'work'))
    const tstrace = join(folder, 'bin', 'tstrace')
    writeFileSync(tstrace, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin', 'run.js')}' "$@"\n`)
    chmodSync(tstrace, 0o755)
    env = {
      ...process.env,
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      HOME: folder,
      XDG_CACHE_HOME: join(folder, 'cache'),
      ZDOTDIR: folder,
      INPUTRC: '/dev/null',
      HISTFILE: '/dev/null',
    }
    delete env['TSTRACE_LAUNCHER']
  })
  after(() => rmSync(folder, {recursive: true, force: true}))
  // Whatever was typed or listed.
  afterEach(() => assert.deepEqual(readdirSync(join(folder, 'work')), []))

  /** Writes the script of a shell, made as its users make it. */
  function script(shell: string): string {
    const {stdout, stderr, status} = spawnSync('tstrace', ['completion', shell], {env, encoding: 'utf8'})
    assert.deepEqual([status, stderr], [0, ''])
    const path = join(folder, `tstrace.${shell}`)
    writeFileSync(path, stdout)
    return path
  }

  /** A process of a name, until the function ends. */
  async function withProcess<T>(name: string, during: (pid: number) => Promise<T>): Promise<T> {
    const program = join(folder, name)
    if (!existsSync(program)) symlinkSync('/bin/sleep', program)
    const child = spawn(program, ['1000'])
    try {
      await new Promise((resolve) => child.on('spawn', resolve))
      return await during(child.pid ?? 0)
    } finally {
      child.kill()
    }
  }

  const shells: readonly (readonly [name: string, program: string, start: () => Promise<Terminal>])[] = [
    [
      'bash',
      'bash',
      () => {
        const rc = join(folder, 'bashrc')
        writeFileSync(
          rc,
          `PS1='$ '; cd '${join(folder, 'work')}'
bind 'set completion-query-items 0'; bind 'set page-completions off'
bind -x '"\\C-g": printf "<%s:%s>\\n" "$((++n))" "$READLINE_LINE"; READLINE_LINE=; READLINE_POINT=0'
source '${script('bash')}'
echo ready
`,
        )
        return Terminal.start(`bash --noprofile --rcfile '${rc}' -i`, env)
      },
    ],
    [
      'zsh',
      'zsh',
      () => {
        writeFileSync(
          join(folder, '.zshrc'),
          `PS1='$ '; cd '${join(folder, 'work')}'; LISTMAX=100000; unsetopt beep
autoload -Uz compinit; compinit -D -u
mark() { zle -I; print -r -- "<$((++n)):$BUFFER>"; BUFFER= }; zle -N mark; bindkey '^G' mark
# Its usual binding evaluates the word first, whatever the command.
bindkey '^I' complete-word
source '${script('zsh')}'
print ready
`,
        )
        return Terminal.start('zsh -d -i', env)
      },
    ],
  ]

  for (const [name, program, start] of shells) {
    describe(name, () => {
      let terminal: Terminal | undefined
      before(async function () {
        skipWithout(this, name, isInstalled(program))
        terminal = await start()
      })
      after(() => terminal?.end())
      const completed = async (text: string): Promise<string> => (await terminal?.completed(text)) ?? ''
      const listed = async (text: string): Promise<string> => (await terminal?.listed(text)) ?? ''

      it('completes commands, flags and their values', async () => {
        assert.equal(await completed('tstrace opens'), 'tstrace opensnoop ')
        assert.equal(await completed('tstrace help vfs'), 'tstrace help vfsstat ')
        assert.equal(await completed('tstrace opensnoop --fai'), 'tstrace opensnoop --failed ')
        assert.equal(await completed('tstrace opensnoop --format js'), 'tstrace opensnoop --format json ')
        assert.equal(await completed('tstrace opensnoop --format=js'), 'tstrace opensnoop --format=json ')
        assert.equal(
          await completed('tstrace opensnoop --columns pid,com'),
          'tstrace opensnoop --columns pid,comm ',
        )
        assert.equal(await completed('tstrace opensnoop -f O_WR'), 'tstrace opensnoop -f O_WRONLY ')
        assert.equal(await completed('tstrace killsnoop -s TERM,HU'), 'tstrace killsnoop -s TERM,HUP ')
        assert.equal(await completed('tstrace opensnoop -u roo'), 'tstrace opensnoop -u root ')
        const flags = await listed('tstrace vfsstat --')
        for (const flag of ['--pid', '--json', '--source']) assert.ok(flags.includes(flag), flags)
      })

      it('completes functions, of the kernel and of libraries, quoted or not', async () => {
        assert.equal(await completed('tstrace funccount vfs_readl'), 'tstrace funccount vfs_readlink ')
        assert.equal(await completed("tstrace funccount 'vfs_readl"), "tstrace funccount 'vfs_readlink' ")
        assert.equal(
          await completed('tstrace stackcount "p::vfs_readl'),
          'tstrace stackcount "p::vfs_readlink" ',
        )
        assert.equal(
          await completed('tstrace funccount c:malloc_us'),
          'tstrace funccount c:malloc_usable_size ',
        )
        assert.match(
          await completed("tstrace argdist -C 'p:c:malloc_us"),
          /^tstrace argdist -C 'p:c:malloc_usable_size'?$/,
        )
        const functions = await listed("tstrace funccount 'vfs_r")
        for (const each of ['vfs_read', 'vfs_rename']) assert.ok(functions.includes(each), functions)
      })

      it('completes tracepoints', async function () {
        skipWithout(this, 'root', isRoot)
        assert.equal(
          await completed('tstrace funccount t:sched:sched_swi'),
          'tstrace funccount t:sched:sched_switch ',
        )
        assert.equal(await completed("tstrace funccount 't:sche"), "tstrace funccount 't:sched:sched_")
      })

      it('shows the processes with their names', async () => {
        await withProcess('tstrace-victim', async (pid) => {
          const shown = await listed('tstrace opensnoop -p ')
          assert.match(shown, new RegExp(`\\b${pid} +(\\(|-- )tstrace-victim: `))
          assert.equal(await completed(`tstrace opensnoop -p ${pid}`), `tstrace opensnoop -p ${pid} `)
        })
      })

      it('puts no name on the line that the shell would obey', async () => {
        await withProcess(hostile, async (pid) => {
          assert.ok((await listed('tstrace opensnoop -p ')).includes(`${pid}`))
          assert.equal(await completed("tstrace opensnoop -n '$(to"), `tstrace opensnoop -n '${hostile}' `)
          assert.equal(
            await completed('tstrace opensnoop -n \\$\\(to'),
            'tstrace opensnoop -n \\$\\(touch\\ pwned\\) ',
          )
        })
      })

      it('evaluates nothing that was typed', async () => {
        for (const text of [
          '$(touch a)',
          '`touch b`',
          '"$(touch c)',
          'c:$(touch d):',
          ';touch e;',
          "'$(touch f)",
        ])
          for (const before of ['funccount ', 'opensnoop -n '])
            await terminal?.type(`tstrace ${before}${text}\t\t`)
      })

      it('leaves a command after -- to the shell', async () => {
        assert.match(await completed('tstrace opensnoop -x -- mkfif'), /^tstrace opensnoop -x -- mkfifo ?$/)
      })
    })
  }

  describe('fish', () => {
    let path: string
    before(function () {
      skipWithout(this, 'fish', isInstalled('fish'))
      path = script('fish')
    })

    /** The candidates for a line, each perhaps with a tab and what it is. */
    function candidates(line: string): string[] {
      const {stdout, stderr} = spawnSync(
        'fish',
        ['-c', 'source $argv[1]; complete -C $argv[2]', path, line],
        {
          ...{env, encoding: 'utf8', cwd: join(folder, 'work')},
        },
      )
      assert.equal(stderr, '')
      return stdout.split('\n').filter(Boolean)
    }

    it('completes commands, flags and their values', () => {
      assert.match(candidates('tstrace opens')[0] ?? '', /^opensnoop\tTrace open/)
      assert.match(candidates('tstrace opensnoop --fai')[0] ?? '', /^--failed\tShow failed opens only/)
      assert.deepEqual(candidates('tstrace opensnoop --format '), ['csv', 'json', 'table'])
      assert.deepEqual(candidates('tstrace opensnoop --format=js'), ['--format=json'])
      assert.match(candidates('tstrace opensnoop -u roo')[0] ?? '', /^root\t0/)
      assert.deepEqual(candidates('tstrace killsnoop -s TERM,HU'), ['TERM,HUP\tsignal 1'])
    })

    it('completes functions, of the kernel and of libraries, quoted or not', () => {
      assert.ok(candidates('tstrace funccount vfs_r').includes('vfs_read'))
      assert.ok(candidates("tstrace funccount 'vfs_r").includes('vfs_read'))
      assert.ok(candidates('tstrace funccount c:mallo').includes('c:malloc'))
      assert.deepEqual(candidates("tstrace argdist -C 'p:c:malloc_us"), ['p:c:malloc_usable_size'])
    })

    it('completes tracepoints', function () {
      skipWithout(this, 'root', isRoot)
      assert.deepEqual(candidates('tstrace funccount t:sched:sched_swi'), ['t:sched:sched_switch'])
    })

    it('shows the processes with their names, and obeys none', async () => {
      await withProcess(hostile, async (pid) => {
        const found = candidates('tstrace opensnoop -p ').find((line) => line.startsWith(`${pid}\t`))
        assert.ok(found?.startsWith(`${pid}\t${hostile}: `), found)
        await Promise.resolve()
      })
    })

    it('evaluates nothing that was typed', () => {
      for (const text of ['(touch a)', '$(touch b)', '"(touch c)', "'(touch d)", 'c:(touch e):'])
        for (const before of ['funccount ', 'opensnoop -n ']) candidates(`tstrace ${before}${text}`)
    })

    it('leaves a command after -- to the shell', () => {
      assert.ok(candidates('tstrace opensnoop -x -- mkfif').some((line) => line.startsWith('mkfifo')))
      assert.ok(
        candidates('tstrace opensnoop -x -- mkdir --par').some((line) => line.startsWith('--parents')),
      )
    })
  })
})
