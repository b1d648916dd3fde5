import {existsSync} from 'node:fs'
import {copyFile} from 'node:fs/promises'
import {join} from 'node:path'
import {finished, step, type Built} from '../guest/cache.js'
import {run} from '../guest/host.js'
import type {Suite} from '../guest/pairs.js'
import {root, rootStep, type RootFacts} from '../guest/root.js'

/** A bpftrace that runs on this machine as if it were installed. */
export interface Bpftrace {
  /** As `0.23.2`. */
  version: string
  path: string
  /** The folder of the scripts that come with it. */
  scripts: string
}

/** Debian releases whose bpftrace is tested beside the machine's own. */
const SUITES: readonly Suite[] = ['trixie', 'sid']

/** Where Debian has them. */
const SCRIPTS = '/usr/sbin'

const TRACEFS = '/sys/kernel/tracing'

/** What can be run here and now, without a download: the machine's own bpftrace, and those that were prepared. */
export async function bpftraces(): Promise<Bpftrace[]> {
  await mountTracefs()
  const own = await run('sh', ['-c', 'command -v bpftrace || true'])
  const found = own === '' ? [] : [await withVersion(own.trim(), SCRIPTS)]
  for (const suite of SUITES) {
    const ready = await finished<RootFacts>(...rootStep(suite))
    if (ready) found.push(await withVersion(await patched(suite, ready), join(ready.folder, SCRIPTS)))
  }
  return found
}

/** Downloads what is missing; offline and quick when nothing is. */
export async function prepareBpftraces(): Promise<void> {
  for (const suite of SUITES) await patched(suite, await root(suite))
}

/**
 * A copy of a release's bpftrace that finds that release's loader and libraries by itself. So it needs no wrapper: it
 * sees this machine's files and processes, can put uprobes on its libraries, and is /proc/self/exe, where bpftrace
 * looks for the function behind BEGIN. (Inside a chroot, a uprobe on libc is one on the wrong libc.)
 */
async function patched(suite: Suite, {folder: release, facts}: Built<RootFacts>): Promise<string> {
  const libraries = join(release, 'usr/lib/x86_64-linux-gnu')
  const loader = join(release, 'usr/lib64/ld-linux-x86-64.so.2')
  const recipe = {release, packages: facts.packages, layout: 1}
  const {folder} = await step(`bpftraces/${suite}`, recipe, async (fresh) => {
    const program = join(fresh, 'bpftrace')
    await copyFile(join(release, 'usr/bin/bpftrace'), program)
    const listed = await run(loader, ['--library-path', libraries, '--list', program])
    const names = [...listed.matchAll(/^\s+([^/\s]+) => \//gm)].map(([, name = '']) => name)
    // All of them by name: a library with a search path of its own would find its needs among this machine's.
    await run('patchelf', [...names.flatMap((name) => ['--add-needed', name]), program])
    // One step each: patchelf loses one of several changes made at once.
    await run('patchelf', ['--force-rpath', '--set-rpath', libraries, program])
    await run('patchelf', ['--set-interpreter', loader, program])
    return {version: await versionOf(program)}
  })
  return join(folder, 'bpftrace')
}

async function withVersion(path: string, scripts: string): Promise<Bpftrace> {
  return {version: await versionOf(path), path, scripts}
}

async function versionOf(path: string): Promise<string> {
  return (await run(path, ['--version'])).trim().replace(/^bpftrace v/, '')
}

/** A container or a bare machine may not have mounted it. Without the right to do so, bpftrace itself will complain. */
async function mountTracefs(): Promise<void> {
  if (existsSync(join(TRACEFS, 'events'))) return
  await run('mount', ['-t', 'tracefs', 'tracefs', TRACEFS]).catch(() => undefined)
}
