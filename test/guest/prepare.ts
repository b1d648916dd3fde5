import {join} from 'node:path'
import {finished} from './cache.js'
import {GuestError, sha256} from './host.js'
import {initramfs} from './initramfs.js'
import {kernel, kernelStep} from './kernel.js'
import type {Pair} from './pairs.js'
import {root, rootStep} from './root.js'

/** Everything of a pair that QEMU needs, as paths in the cache. */
export interface Machine {
  root: string
  /** Folder with `boot/` and `lib/modules/`. */
  kernel: string
  image: string
  initramfs: string
}

/** Downloads and builds what is missing. With all in the cache this takes a moment and no network. */
export async function prepare(pair: Pair): Promise<Machine> {
  if (process.arch !== 'x64')
    throw new GuestError(`guests are x86-64, this machine's node is for ${process.arch}`)
  const builtRoot = await root(pair.root)
  const builtKernel = await kernel(pair.kernel)
  const builtInitramfs = await initramfs(pair.kernel, builtKernel)
  const image = await verified(join(builtKernel.folder, 'vmlinuz'), builtKernel.facts.sha256)
  const first = await verified(join(builtInitramfs.folder, 'initramfs'), builtInitramfs.facts.sha256)
  return {root: builtRoot.folder, kernel: builtKernel.folder, image, initramfs: first}
}

export async function isPrepared(pair: Pair): Promise<boolean> {
  const steps = [kernelStep(pair.kernel), rootStep(pair.root)]
  return (await Promise.all(steps.map((step) => finished(...step)))).every((built) => built !== undefined)
}

async function verified(file: string, expected: string): Promise<string> {
  const actual = await sha256(file)
  if (actual === expected) return file
  throw new GuestError(
    `${file} is not the file that was prepared: its sha256 is ${actual}, recorded was ${expected}`,
    'delete its folder and the .json file beside it, then run again',
  )
}
