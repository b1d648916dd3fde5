import {join} from 'node:path'
import {KEYRING} from '../guest/apt.js'
import {finished, step} from '../guest/cache.js'
import {GuestError, run, say} from '../guest/host.js'
import {mirrors} from '../guest/mirrors.js'

/** What tstrace's package depends on: there to be installed, but not installed. */
const DEPENDENCIES = ['nodejs']

/** A Debian 13 to install packages in, and what the tests use of it: shells, man, lintian, podman. */
const MACHINE = {
  suite: 'trixie',
  variant: 'apt',
  packages: ['man-db', 'bash-completion', 'zsh', 'fish', 'ca-certificates', 'lintian', 'podman', 'crun'],
  available: DEPENDENCIES,
  layout: 1,
}
/** What container images of Debian 13 hold. */
const IMAGE = {suite: 'trixie', variant: 'minbase', packages: [], available: DEPENDENCIES, layout: 1}

type Recipe = typeof MACHINE | typeof IMAGE
const machineStep = [`systems/${MACHINE.suite}`, MACHINE] as const
const imageStep = [`systems/${IMAGE.suite}-slim`, IMAGE] as const
const imageFile = 'image.tar'

/** The folder of a Debian 13 that was just installed, in which nothing may be changed, and the file with one for containers. */
export async function systems(): Promise<{machine: string; image: string} | undefined> {
  const [machine, image] = [await finished(...machineStep), await finished(...imageStep)]
  return machine && image && {machine: machine.folder, image: join(image.folder, imageFile)}
}

/** Builds what is missing of both. */
export async function prepareSystems(): Promise<void> {
  await step(...machineStep, async (folder) => bootstrap(MACHINE, folder))
  await step(...imageStep, async (folder) => bootstrap(IMAGE, join(folder, imageFile)))
}

async function bootstrap({suite, variant, packages, available}: Recipe, target: string): Promise<object> {
  const options = [
    ...['--mode=root', `--variant=${variant}`, `--keyring=${KEYRING}`],
    ...packages.map((name) => `--include=${name}`),
    // The lists and the packages that are available stay there, so that the tests need no network.
    ...['--skip=cleanup/apt,cleanup/reproducible', '--customize-hook=chroot "$1" apt-get clean'],
    `--customize-hook=chroot "$1" apt-get install --yes --download-only ${available.join(' ')}`,
    ...['--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"'],
  ]
  const failures: string[] = []
  for (const mirror of await mirrors()) {
    say(`building a Debian ${suite} (${variant}) from ${mirror}`)
    try {
      await run('mmdebstrap', [...options, suite, target, mirror])
      return {mirror}
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new GuestError(`no Debian ${suite} could be built:\n${failures.join('\n')}`, HINT)
}

const HINT = 'install what test/packages/packages.txt lists; root and the network are needed, too'
