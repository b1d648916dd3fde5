import {existsSync} from 'node:fs'
import {copyFile, mkdir, symlink, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {downloadAll, openApt, packageTitle} from './apt.js'
import {step, withWorkFolder, type Built} from './cache.js'
import {say} from './host.js'
import type {Suite} from './pairs.js'
import {unpack} from './unpack.js'

export interface RootFacts {
  packages: string[]
}

/** What a guest needs beside bpftrace: a shell, the usual programs and a compiler for workloads, and node's libraries. */
const GUEST =
  `base-files base-passwd bash coreutils dash debianutils diffutils e2fsprogs findutils gcc grep gzip hostname
  iproute2 iputils-ping jq kmod libc-bin libc6-dev libstdc++6 mawk mount netbase netcat-openbsd nftables perl-base procps psmisc
  sed tar util-linux xfsprogs`.split(/\s+/)

/** What the tests in test/peers compare our tools with. */
const PEERS = ['bpfcc-tools', 'libbpf-tools']

const PACKAGES: Record<Suite, string[]> = {
  bullseye: GUEST,
  bookworm: ['bpftrace', ...PEERS, ...GUEST],
  trixie: ['bpftrace', ...PEERS, ...GUEST],
  sid: ['bpftrace'],
}

/** Links that maintainer scripts would have made. */
const LINKS = [
  ['usr/bin/sh', 'dash'],
  ['usr/bin/awk', 'mawk'],
  ['usr/bin/cc', 'gcc'],
  ['usr/bin/nc', 'nc.openbsd'],
  ['usr/bin/which', 'which.debianutils'],
] as const

export const rootStep = (suite: Suite): [name: string, recipe: unknown] => [
  `roots/${suite}`,
  {suite, packages: PACKAGES[suite], layout: 2},
]

/** The user space of a Debian release, unpacked and not configured: nothing in it runs at preparation. */
export async function root(suite: Suite): Promise<Built<RootFacts>> {
  return step(...rootStep(suite), async (folder) =>
    withWorkFolder(async (work) => {
      const apt = await openApt(suite, work)
      const files = await downloadAll(apt, PACKAGES[suite])
      say(`unpacking ${files.length} packages of Debian ${suite}`)
      await unpack(files, folder)
      await complete(folder)
      return {packages: files.map(packageTitle).sort()}
    }),
  )
}

async function complete(folder: string): Promise<void> {
  for (const name of ['dev', 'etc', 'home', 'proc', 'root', 'run', 'sys', 'tmp', 'var/lib']) {
    await mkdir(join(folder, name), {recursive: true})
  }
  for (const name of ['passwd', 'group']) {
    const master = join(folder, 'usr/share/base-passwd', `${name}.master`)
    if (existsSync(master)) await copyFile(master, join(folder, 'etc', name))
  }
  for (const [link, target] of LINKS) {
    const path = join(folder, link)
    if (!existsSync(path) && existsSync(join(dirname(path), target))) await symlink(target, path)
  }
  await writeFile(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost ip6-localhost\n')
}
