import {execFileSync} from 'node:child_process'
import {closeSync, existsSync, fsyncSync, openSync, statSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {inGuest} from './skip.js'

/** Somewhere to write blocks to, a mebibyte of them. */
export interface Blocks {
  readonly path: string
  readonly remove: () => void
}

/** A file that has its blocks, where the folder is on a disk; in a guest, which has none, a device of its own. */
export function blocksIn(folder: string): Blocks | undefined {
  const file = join(folder, 'blocks')
  const fd = openSync(file, 'w')
  writeSync(fd, Buffer.alloc(2 ** 20, 'x'))
  fsyncSync(fd)
  closeSync(fd)
  if (inGuest) {
    execFileSync('modprobe', ['loop'])
    const path = execFileSync('losetup', ['--find', '--show', file], {encoding: 'utf8'}).trim()
    return {path, remove: () => void execFileSync('losetup', ['--detach', path])}
  }
  // As makedev(3) of the C library has them.
  const {dev} = statSync(file)
  const device = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`
  return existsSync(`/sys/dev/block/${device}`) ? {path: file, remove: () => {}} : undefined
}
