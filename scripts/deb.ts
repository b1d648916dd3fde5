import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join, relative} from 'node:path'
import {gzipSync} from 'node:zlib'
import {bundledIn, prune} from './deb/bundled.js'
import {
  changelog,
  control,
  copyright,
  dependencies,
  fileName,
  home,
  overrides,
  type Package,
} from './deb/texts.js'
import {root} from './root.js'

const architectures: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {x64: 'amd64', arm64: 'arm64'}
const documents = 'usr/share/doc/tstrace'
/** Where each shell looks for what packages bring. */
const completions = {
  bash: 'usr/share/bash-completion/completions/tstrace',
  zsh: 'usr/share/zsh/vendor-completions/_tstrace',
  fish: 'usr/share/fish/vendor_completions.d/tstrace.fish',
}

/**
 * Builds the Debian package: what `npm pack` gives, the packages it needs, the man pages and the completions, where
 * Debian has them. The same sources give the same bytes: times are that of SOURCE_DATE_EPOCH or of the last commit, and
 * all belongs to root.
 *
 * @param output the folder for the package
 * @returns the path of the package
 */
export function buildDeb(output: string): string {
  const {version, engines} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
    engines: {node: string}
  }
  const architecture = architectures[process.arch]
  if (architecture === undefined) throw new Error(`there is no package for ${process.arch}`)
  const {DEBFULLNAME, DEBEMAIL, SOURCE_DATE_EPOCH} = process.env
  const of: Package = {
    version,
    architecture,
    maintainer: `${DEBFULLNAME ?? 'the authors of tstrace'} <${DEBEMAIL ?? 'tstrace@packages.invalid'}>`,
    date: Number(SOURCE_DATE_EPOCH ?? run('git', ['log', '-1', '--format=%ct'], root)),
  }
  const work = mkdtempSync(join(tmpdir(), 'tstrace-deb-'))
  try {
    const tree = join(work, 'tree')
    mkdirSync(join(tree, 'usr/lib'), {recursive: true})
    unpackTarball(work, join(tree, home))
    fill(tree, of)
    describeTree(tree, of, engines.node)
    const path = join(output, fileName(of))
    mkdirSync(output, {recursive: true})
    const build = ['--build', '--root-owner-group', '-Zxz', tree, path]
    execFileSync('dpkg-deb', build, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {...process.env, SOURCE_DATE_EPOCH: of.date.toString()},
    })
    return path
  } finally {
    rmSync(work, {recursive: true})
  }
}

/** What npm packs, with the packages that it needs, at the versions that it was tested with. */
function unpackTarball(work: string, target: string): void {
  const tarball = run(
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--pack-destination', work],
    root,
  ).trim()
  run('tar', ['-xf', join(work, tarball), '-C', work], work)
  renameSync(join(work, 'package'), target)
  run('npm', ['ci', '--silent', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], target)
}

/** Brings the unpacked files into the order that Debian asks for. */
function fill(tree: string, of: Package): void {
  const library = join(tree, home)
  const bundled = bundledIn(library)
  prune(library, bundled)
  const launcher = join(library, 'bin/run.js')
  // The node that the package depends on, not the first of whoever's PATH.
  writeFileSync(launcher, readFileSync(launcher, 'utf8').replace(/^#!.*/, '#!/usr/bin/node'))
  mkdirSync(join(tree, 'usr/bin'))
  symlinkSync(relative('usr/bin', `${home}/bin/run.js`), join(tree, 'usr/bin/tstrace'))
  for (const page of readdirSync(join(library, 'man')).filter((file) => file.endsWith('.8')))
    write(tree, `usr/share/man/man8/${page}.gz`, gzip(readFileSync(join(library, 'man', page))))
  write(tree, 'usr/share/lintian/overrides/tstrace', overrides)
  write(tree, `${documents}/copyright`, copyright(bundled))
  write(tree, `${documents}/changelog.gz`, gzip(readFileSync(join(library, 'CHANGELOG.md'))))
  write(tree, `${documents}/changelog.Debian.gz`, gzip(changelog(of)))
  copyFileSync(join(library, 'README.md'), join(tree, documents, 'README.md'))
  for (const file of ['CHANGELOG.md', 'LICENSE', 'README.md', 'npm-shrinkwrap.json'])
    rmSync(join(library, file))
  if (!existsSync(join(root, 'src/commands/completion.ts'))) return
  for (const [shell, path] of Object.entries(completions))
    write(tree, path, run(process.execPath, [join(root, 'bin/run.js'), 'completion', shell], root))
}

/** Sets the modes, and writes the files for dpkg itself. */
function describeTree(tree: string, of: Package, nodeRange: string): void {
  const files = readdirSync(tree, {recursive: true, withFileTypes: true}).sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  )
  const sums: string[] = []
  let kilobytes = 0
  chmodSync(tree, 0o755)
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name)
    // As dpkg-gencontrol: a file's size in kilobytes, one for all else.
    kilobytes += entry.isFile() ? Math.ceil(statSync(path).size / 1024) : 1
    if (entry.isDirectory()) chmodSync(path, 0o755)
    if (!entry.isFile()) continue
    chmodSync(path, path === join(tree, home, 'bin/run.js') ? 0o755 : 0o644)
    sums.push(`${createHash('md5').update(readFileSync(path)).digest('hex')}  ${relative(tree, path)}\n`)
  }
  write(tree, 'DEBIAN/md5sums', sums.join(''))
  write(tree, 'DEBIAN/control', control(of, dependencies(nodeRange), kilobytes))
}

function write(tree: string, path: string, content: string | Buffer): void {
  mkdirSync(join(tree, dirname(path)), {recursive: true})
  writeFileSync(join(tree, path), content, {mode: 0o644})
}

/** Without name and time, which zlib leaves out: the same bytes each time. */
function gzip(content: string | Buffer): Buffer {
  return gzipSync(content, {level: 9})
}

function run(program: string, args: readonly string[], cwd: string): string {
  // Completions are for the tstrace that is installed, not for the clone's.
  const env = {...process.env, TSTRACE_LAUNCHER: undefined}
  return execFileSync(program, args, {cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']})
}

if (process.argv[1] === import.meta.filename) {
  const [, , output = join(root, 'build', 'packages')] = process.argv
  process.stdout.write(`${buildDeb(output)}\n`)
}
