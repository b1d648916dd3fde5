import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {homedir} from 'node:os'
import type {Context} from 'mocha'
import {type Outcome, Running} from '../support/processes.js'
import {skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'
import {systems} from './system.js'

/**
 * Puts a writable layer in memory over a system and stays in it until its input ends. All of it is in a namespace of
 * its own: when the last process leaves, it is gone, and nothing was changed on this machine.
 *
 * Arguments: a folder to do this in, the system, then what else is to be seen in it, in pairs: here, there.
 */
const script = `
set -e
work=$1 system=$2
shift 2
mount -t tmpfs -o mode=755 none "$work"
mkdir "$work/upper" "$work/own" "$work/root"
mount -t overlay -o "lowerdir=$system,upperdir=$work/upper,workdir=$work/own" overlay "$work/root"
cd "$work/root"
for each in dev proc sys; do mount --rbind /$each $each; done
# Where cgroups of version 1 and 2 are mounted side by side, containers cannot be run.
mount -t cgroup2 none sys/fs/cgroup
cp /etc/resolv.conf etc/resolv.conf
# Containers are kept in layers of their own, which cannot be put on other layers.
mkdir -p var/lib/containers
mount -t tmpfs none var/lib/containers
while [ $# -gt 0 ]; do
  if [ -d "$1" ]; then mkdir -p ".$2"; else mkdir -p ".\${2%/*}" && touch ".$2"; fi
  mount --rbind "$1" ".$2"
  shift 2
done
exec chroot . sh -c 'echo ready; exec cat'
`

const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
  TERM: 'dumb',
  DEBIAN_FRONTEND: 'noninteractive',
}

/** A Debian 13 to install things in, which nobody will miss. It shares kernel, processes and devices with this machine. */
export class Sandbox {
  readonly #holder: Running
  readonly #remove: () => void
  readonly #hasNetwork: boolean
  readonly #lastly: (readonly string[])[] = []

  private constructor(holder: Running, hasNetwork: boolean, remove: () => void) {
    this.#holder = holder
    this.#hasNetwork = hasNetwork
    this.#remove = remove
  }

  /**
   * For a `before` hook: skips the suite where there cannot be one.
   * @param shown files and folders of this machine, by where they are seen in it
   */
  static async open(
    context: Context,
    shown: Readonly<Record<string, string>> = {},
    {network = false} = {},
  ): Promise<Sandbox> {
    skipWithout(context, 'root', process.getuid?.() === 0)
    const built = await systems()
    skipWithout(context, 'a Debian to install in (node build/test/packages/prepare.js)', built !== undefined)
    const {machine = '', image = ''} = built ?? {}
    skipWithout(context, 'the right to mount', spawnSync('unshare', ['--mount', 'true']).status === 0)
    const {path, remove} = temporaryFolder()
    const pairs = Object.entries({...shown, '/image.tar': image}).flatMap(([there, here]) => [here, there])
    const namespaces = network ? ['--mount'] : ['--mount', '--net']
    const holder = new Running('unshare', [...namespaces, 'sh', '-c', script, 'sh', path, machine, ...pairs])
    const sandbox = new Sandbox(holder, network, remove)
    await holder.firstLine
    return sandbox
  }

  /** What enters it. */
  #enter(): string[] {
    const namespaces = this.#hasNetwork ? [] : ['--net']
    const target = ['--target', this.#holder.pid.toString(), '--mount', ...namespaces, '--root']
    return ['nsenter', ...target, 'env', '--chdir=/root']
  }

  /** The variables of its programs. */
  environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {...environment, ...env}
  }

  /** A command line for sh that runs a program in it. */
  commandLine(args: readonly string[]): string {
    return [...this.#enter(), ...args].map((word) => `'${word}'`).join(' ')
  }

  /** Starts a program in it. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const [command = '', ...rest] = [...this.#enter(), ...args]
    return new Running(command, rest, {env: this.environment(env)})
  }

  /** Runs a program in it to its end. */
  async run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome> {
    const running = this.start(args, env)
    running.closeInput()
    return running.outcome
  }

  /** Runs a program that must not fail; what it wrote to stdout. */
  async out(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string> {
    const {code, stdout, stderr} = await this.run(args, env)
    if (code !== 0) throw new Error(`${args.join(' ')}: exit code ${code}\n${stdout}\n${stderr}`)
    return stdout
  }

  /** Has a program run in it when it is closed, for what would stay on this machine. */
  atEnd(args: readonly string[]): void {
    this.#lastly.push(args)
  }

  async close(): Promise<void> {
    for (const args of this.#lastly) await this.run(args)
    this.#holder.closeInput()
    await this.#holder.outcome
    this.#remove()
  }
}

/** A sandbox for the tests of a suite, as `Sandbox.open`. */
export function sandboxFor(
  shown: () => Record<string, string> | Promise<Record<string, string>>,
  options?: {network?: boolean},
): () => Sandbox {
  let sandbox: Sandbox | undefined
  before(async function () {
    sandbox = await Sandbox.open(this, await shown(), options)
  })
  after(() => sandbox?.close())
  return () => {
    assert.ok(sandbox, 'there is no sandbox yet')
    return sandbox
  }
}

/** What npm in a sandbox needs of this machine: node, npm, its cache, and the way to its registry. */
export function npmFrom(npm: string): {shown: Record<string, string>; env: Record<string, string>} {
  const settings = `${homedir()}/.npmrc`
  const authorities = process.env['NODE_EXTRA_CA_CERTS']
  return {
    shown: {
      '/opt/node/bin/node': process.execPath,
      '/opt/node/lib/node_modules/npm': npm,
      ...(existsSync(settings) && {'/root/.npmrc': settings}),
      ...(authorities !== undefined && {'/opt/authorities.pem': authorities}),
    },
    env: {
      PATH: `/opt/node/bin:${environment.PATH}`,
      ...(authorities !== undefined && {NODE_EXTRA_CA_CERTS: '/opt/authorities.pem'}),
    },
  }
}
