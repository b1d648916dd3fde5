import {existsSync} from 'node:fs'
import {mkdir, readdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {GuestError, INSTALL_HINT, run, say} from './host.js'
import {mirrors} from './mirrors.js'
import type {Suite} from './pairs.js'

export const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** A view of one Debian release, with apt state of its own: the machine's is neither read nor written. */
export interface Apt {
  suite: Suite
  configuration: string
  /** Where downloaded packages land. */
  archives: string
}

/** Fetches the release's package lists into `folder`, from the first mirror that has them with a good signature. */
export async function openApt(suite: Suite, folder: string): Promise<Apt> {
  if (!existsSync(KEYRING))
    throw new GuestError(`Debian's archive keys are missing: ${KEYRING}`, INSTALL_HINT)
  const apt: Apt = {suite, configuration: join(folder, 'apt.conf'), archives: join(folder, 'cache/archives')}
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'log']) {
    await mkdir(join(folder, part), {recursive: true})
  }
  await writeFile(join(folder, 'status'), '')
  await writeFile(apt.configuration, configuration(folder))
  say(`asking for the package lists of Debian ${suite}, about 10 MB`)
  const failures: string[] = []
  for (const mirror of await mirrors()) {
    await writeFile(join(folder, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`)
    try {
      await run('apt-get', ['-c', apt.configuration, '-qq', '--error-on=any', 'update'])
      return apt
    } catch (error) {
      failures.push(`${mirror}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new GuestError(
    `no mirror gave the package lists of Debian ${suite}:\n${failures.join('\n')}`,
    'is there a network? TSTRACE_DEBIAN_MIRROR=http://.../debian names another mirror',
  )
}

/** Downloads packages, each with all it depends on; returns the files. apt has checked signatures and sums. */
export async function downloadAll(apt: Apt, packages: readonly string[]): Promise<string[]> {
  const install = ['-c', apt.configuration, '-qq', '-y', 'install', ...packages]
  announce(`user space of Debian ${apt.suite}`, await run('apt-get', ['--print-uris', ...install]))
  await run('apt-get', ['--download-only', ...install])
  return packageFiles(apt.archives)
}

/** Downloads these packages alone, without what they depend on; returns the files. */
export async function downloadOnly(apt: Apt, packages: readonly string[]): Promise<string[]> {
  const download = ['-c', apt.configuration, '-qq', 'download', ...packages]
  announce(packages.join(', '), await run('apt-get', ['--print-uris', ...download]))
  await run('apt-get', download, apt.archives)
  return packageFiles(apt.archives)
}

/** The package that a metapackage such as linux-image-amd64 stands for at the moment. */
export async function firstDependency(apt: Apt, name: string, pattern: RegExp): Promise<string> {
  const text = await run('apt-cache', ['-c', apt.configuration, 'depends', name])
  const found = [...text.matchAll(/Depends: (\S+)/g)].map(([, dependency = '']) => dependency)
  const match = found.find((dependency) => pattern.test(dependency))
  if (match !== undefined) return match
  throw new GuestError(
    `${name} of Debian ${apt.suite} depends on no ${pattern.source}, only on: ${found.join(' ')}`,
  )
}

/** `bpftrace_0.17.0-1_amd64.deb` -> `bpftrace 0.17.0-1`. */
export function packageTitle(file: string): string {
  const [name = '', version = ''] = decodeURIComponent(file.slice(file.lastIndexOf('/') + 1)).split('_')
  return `${name} ${version}`
}

async function packageFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.deb')).map((name) => join(folder, name))
}

/** apt's `--print-uris` lines are `'URI' FILE SIZE HASH`. */
function announce(what: string, uris: string): void {
  const sizes = [...uris.matchAll(/^'[^']*' \S+ (\d+)/gm)].map(([, size]) => Number(size))
  const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6
  say(`downloading ${what}: ${sizes.length} package(s), ${megabytes.toFixed(0)} MB`)
}

/**
 * Read after the machine's own configuration, of which only the way to the network (proxies) shall remain. Downloads
 * are made as the calling user: apt's own user may not be allowed into the cache.
 */
function configuration(folder: string): string {
  return `#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
#clear Acquire::IndexTargets::deb::Contents-deb;
Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
Dir::State "${folder}/state";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
Dir::Log "${folder}/log";
APT::Architecture "amd64";
APT::Architectures "amd64";
APT::Default-Release "";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "root";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::Languages "none";
`
}
