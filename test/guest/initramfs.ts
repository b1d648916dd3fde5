import {copyFile, mkdir, readFile, writeFile} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {step, type Built} from './cache.js'
import {GuestError, INSTALL_HINT, projectFolder, run, sha256} from './host.js'
import type {KernelFacts} from './kernel.js'
import type {Suite} from './pairs.js'

/** What the first file system must be able to do: reach the host's files and ports, and write over them. */
const MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console']

const BUSYBOX = '/bin/busybox'

export interface InitramfsFacts {
  /** Of the file `initramfs`. */
  sha256: string
}

/** The first file system: busybox, the modules that are not in the kernel, and init.sh. */
export async function initramfs(
  suite: Suite,
  {folder: kernel, facts}: Built<KernelFacts>,
): Promise<Built<InitramfsFacts>> {
  const init = join(projectFolder(), 'test/guest/init.sh')
  const inputs = {
    busybox: await busyboxSum(),
    init: await sha256(init),
    kernel: facts.sha256,
    MODULES,
    layout: 2,
  }
  return step(`initramfs/${suite}`, inputs, async (folder) => {
    const tree = join(folder, 'tree')
    await mkdir(join(tree, 'bin'), {recursive: true})
    await mkdir(join(tree, 'modules'))
    await copyFile(BUSYBOX, join(tree, 'bin/busybox'))
    await writeFile(join(tree, 'init'), await readFile(init), {mode: 0o755})
    const names: string[] = []
    for (const file of await moduleFiles(kernel, facts.release)) {
      names.push(await addModule(file, join(tree, 'modules')))
    }
    await writeFile(join(tree, 'modules/order'), names.map((name) => `${name}\n`).join(''))
    const image = join(folder, 'initramfs')
    const pack = 'find . | cpio --quiet --create --format=newc --owner=0:0 --file="$1" && rm -r "$PWD"'
    await run('sh', ['-c', pack, 'sh', image], tree)
    return {sha256: await sha256(image)}
  })
}

/** Module files in the order they must be loaded; those built into the kernel have none. */
async function moduleFiles(kernel: string, release: string): Promise<string[]> {
  // No configuration: this machine's blacklists and aliases are not the guest's.
  const place = ['-C', '/dev/null', '-d', kernel, '-S', release]
  const listed = await run('modprobe', [...place, '--show-depends', '--all', ...MODULES])
  const files = [...listed.matchAll(/^insmod (.+\.ko\S*)/gm)].map(([, file = '']) => file)
  return [...new Set(files)]
}

/** Compressed modules are unpacked: busybox can load them too, but the kernel complains about each. */
async function addModule(file: string, folder: string): Promise<string> {
  const target = join(folder, basename(file).replace(/\.(xz|zst|gz)$/, ''))
  if (file.endsWith('.ko')) await copyFile(file, target)
  else {
    const tool = {xz: 'xz', zst: 'zstd', gz: 'gzip'}[file.slice(file.lastIndexOf('.') + 1)] ?? 'xz'
    await run('sh', ['-c', '"$0" --decompress --stdout "$1" >"$2"', tool, file, target])
  }
  return basename(target)
}

async function busyboxSum(): Promise<string> {
  return sha256(BUSYBOX).catch((cause: unknown) => {
    throw new GuestError(`cannot read ${BUSYBOX} (it must be the static one)`, INSTALL_HINT, {cause})
  })
}
