import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'
import {inGuestsOnly} from '../support/skip.js'

const example = join(root, 'examples', 'tstrace-plugin-synccount')
const guide = readFileSync(join(root, 'docs', 'plugin-author-guide.md'), 'utf8')
/** The commands of the guide in their order. */
const commands = [...guide.matchAll(/^```\n([^]*?)^```/gm)].flatMap(([, block = '']) =>
  block.split('\n').flatMap((line) => (/^[$#] /.test(line) ? [line.slice(2)] : [])),
)

/** Runs a command as a reader of the guide would, and gives all that it says. */
type Run = (command: string, code?: number) => string

describe("the guide for plugins' authors", () => {
  inGuestsOnly()
  let temporary = ''
  before(() => {
    temporary = mkdtempSync(join('/tmp', 'tstrace-guide-'))
  })
  after(() => rmSync(temporary, {recursive: true, force: true}))

  it('leads from an empty folder to a tool that counts, with its commands and a packed tstrace', () => {
    const env = {
      ...process.env,
      PATH: `${join(temporary, 'bin')}:${process.env['PATH'] ?? ''}`,
      TSTRACE_DATA_DIR: join(temporary, 'data'),
    }
    let folder = temporary
    const run: Run = (command, code = 0) => {
      const {status, stdout, stderr} = spawnSync('bash', ['-c', command], {
        cwd: folder,
        env,
        encoding: 'utf8',
      })
      assert.equal(status, code, `${command}: ${stdout}${stderr}`)
      return stdout + stderr
    }
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', temporary], {
      cwd: root,
    })
    run(`npm install --global --ignore-scripts --prefix '${temporary}' ./tstrace-*.tgz`)

    let tests = 0
    for (const command of commands) {
      if (command.startsWith('cd ')) {
        folder = join(folder, command.slice(3))
      } else if (command === 'npm test' && ++tests === 1) {
        const said = run(command, 1)
        // Compiled, and failing for what is still to be written.
        for (const reason of [
          'summary: still to be written',
          'page: still to be written',
          'no tracepoint TODO:TODO',
        ])
          assert.ok(said.includes(reason), said)
        assert.match(said, /^# fail 3$/m)
        lint(folder, run)
        for (const part of ['src', 'man', join('test', 'synccount.test.js')])
          cpSync(join(example, part), join(folder, part), {recursive: true})
      } else {
        const said = run(command)
        if (command === 'npm test') assert.match(said, /^# pass 3$/m)
        if (command.endsWith(' -d 2')) assert.match(said, /^PID +COMM +CALL +COUNT$/m)
        if (command === 'tstrace man synccount') assert.match(said, /--interval SECONDS/)
      }
    }
    assert.equal(tests, 2)
    // What the guide links to is what its reader has.
    assert.equal(
      readFileSync(join(folder, 'test', 'synccount.bt'), 'utf8'),
      readFileSync(join(example, 'test', 'synccount.bt'), 'utf8'),
    )
    assert.match(run('tstrace list'), /^opensnoop /m)
  })

  it('has a skeleton for this repository, too: it compiles and lints, and its tests fail', () => {
    const copy = join(temporary, 'repository')
    const parts = [
      'src',
      'test',
      'scripts',
      'bench',
      'man',
      'templates',
      'dist',
      'build',
      'bin',
      'package.json',
      'tsconfig.json',
    ]
    const more = [
      'tsconfig.base.json',
      'tsconfig.dev.json',
      'eslint.config.js',
      '.prettierrc.json',
      '.prettierignore',
      '.mocharc.runtime.json',
    ]
    for (const part of [...parts, ...more])
      cpSync(join(root, part), join(copy, part), {recursive: true, preserveTimestamps: true})
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const run: Run = (command, code = 0) => {
      const {status, stdout, stderr} = spawnSync('bash', ['-c', command], {cwd: copy, encoding: 'utf8'})
      assert.equal(status, code, `${command}: ${stdout}${stderr}`)
      return stdout + stderr
    }
    const files = ['src/commands/newcount.ts', 'man/newcount.8.md', 'test/runtime/newcount.test.ts']
    assert.ok(run('node bin/run.js new-tool newcount').startsWith(`${files.join('\n')}\n`))
    run('npm run --silent build')
    run(`node_modules/.bin/prettier --check ${files.join(' ')}`)
    run('node_modules/.bin/eslint src/commands/newcount.ts test/runtime/newcount.test.ts')
    const traced = run(
      'node_modules/.bin/mocha --no-config --timeout 60000 build/test/runtime/newcount.test.js',
      1,
    )
    assert.match(traced, /there is no tracepoint TODO:TODO/)
    writeFileSync(
      join(copy, 'check.mjs'),
      "import {problemsOf, toolMark} from './dist/testing.js'\nimport tool from './dist/commands/newcount.js'\nconsole.log(problemsOf('newcount', tool[toolMark]).join())\n",
    )
    assert.match(run('node check.mjs'), /^summary: still to be written,/)
  })
})

/** The rules of this repository hold for the skeleton of a plugin. */
function lint(folder: string, run: Run): void {
  const rules = `import tseslint from ${JSON.stringify(join(root, 'node_modules', 'typescript-eslint', 'dist', 'index.js'))}
export default tseslint.config({
  files: ['src/**/*.ts'],
  extends: [tseslint.configs.strictTypeChecked],
  languageOptions: {parserOptions: {project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname}},
})\n`
  const config = join(folder, 'eslint.config.mjs')
  writeFileSync(config, rules)
  const bin = join(root, 'node_modules', '.bin')
  run(
    `'${bin}/eslint' src && '${bin}/prettier' --config '${root}/.prettierrc.json' --check src test package.json tsconfig.json`,
  )
  rmSync(config)
}
