import {copyFile, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {downloadOnly, firstDependency, openApt, packageTitle} from './apt.js'
import {step, withWorkFolder, type Built} from './cache.js'
import {GuestError, run, say, sha256} from './host.js'
import type {Suite} from './pairs.js'
import {unpack} from './unpack.js'

export interface KernelFacts {
  /** As `uname -r` says. */
  release: string
  packages: string[]
  /** Of the file `vmlinuz`. */
  sha256: string
}

export const kernelStep = (suite: Suite): [name: string, recipe: unknown] => [
  `kernels/${suite}`,
  {suite, package: 'linux-image-amd64', with: 'headers', layout: 3},
]

/**
 * The release's default kernel, unpacked and never installed: `vmlinuz`, `boot/`, `lib/modules/`; and its headers, which
 * BCC compiles against: `usr/src/`, with links to it in `lib/modules/`.
 */
export async function kernel(suite: Suite): Promise<Built<KernelFacts>> {
  return step(...kernelStep(suite), async (folder) =>
    withWorkFolder(async (work) => {
      const apt = await openApt(suite, work)
      const image = await firstDependency(apt, 'linux-image-amd64', /^linux-image-\d/)
      const headers = image.replace('image', 'headers')
      const common = await firstDependency(apt, headers, /-common$/)
      const files = await downloadOnly(apt, [image, headers, common])
      const packages = files.map(packageTitle).sort()
      say(`unpacking ${packages.join(', ')}`)
      await unpack(files, folder)
      const release = await onlyRelease(folder)
      await run('depmod', ['-b', folder, release])
      await copyFile(join(folder, 'boot', `vmlinuz-${release}`), join(folder, 'vmlinuz'))
      return {release, packages, sha256: await sha256(join(folder, 'vmlinuz'))}
    }),
  )
}

async function onlyRelease(folder: string): Promise<string> {
  const releases = await readdir(join(folder, 'lib/modules'))
  const [release] = releases
  if (release !== undefined && releases.length === 1) return release
  throw new GuestError(
    `expected one kernel below ${folder}/lib/modules, found: ${releases.join(' ') || 'none'}`,
  )
}
