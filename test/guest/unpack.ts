import {mkdir, symlink} from 'node:fs/promises'
import {join} from 'node:path'
import {run} from './host.js'

/** Since Debian 12 these are links into usr/. Packages still ship files below both names, so the links come first. */
const MERGED = ['bin', 'lib', 'lib64', 'sbin']

/** Not `dpkg-deb --extract`: it replaces a link to a directory where a package has the directory. */
const EXTRACT =
  'set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --numeric-owner -C "$2"'

/** Unpacks packages without installing them: no maintainer script runs, no root rights are needed. */
export async function unpack(packages: readonly string[], folder: string): Promise<void> {
  for (const name of MERGED) {
    await mkdir(join(folder, 'usr', name), {recursive: true})
    await symlink(`usr/${name}`, join(folder, name))
  }
  for (const file of packages) await run('bash', ['-c', EXTRACT, 'bash', file, folder])
}
