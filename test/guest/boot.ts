import {spawn, type ChildProcess} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Console} from './console.js'
import {run} from './host.js'
import {interruption} from './interruption.js'
import {writeJob, type Job} from './job.js'
import {Ports} from './ports.js'
import type {Machine} from './prepare.js'
import {qemuArguments} from './qemu.js'

export interface BootOptions {
  /** Seconds from power-on until the guest is ended; 0 means no end. */
  timeout: number
  /** Show the guest's console on stderr. */
  verbose: boolean
}

const QEMU = 'qemu-system-x86_64'

/** Boots the machine, runs the job, passes its output on, and returns the command's exit code with QEMU gone. */
export async function boot(machine: Machine, job: Job, {timeout, verbose}: BootOptions): Promise<number> {
  await run(QEMU, ['--version'])
  const folder = await mkdtemp(join(tmpdir(), 'tstrace-guest-'))
  const ports = new Ports(folder)
  const finished = new AbortController()
  let qemu: ChildProcess | undefined
  try {
    await ports.listen('out', (socket) => socket.pipe(process.stdout, {end: false}))
    await ports.listen('err', (socket) => socket.pipe(process.stderr, {end: false}))
    const {code: reported} = await ports.listenForCode()
    const folders = await writeJob(job, join(folder, 'job'))

    qemu = start(qemuArguments(machine, folders, folder, job.shell), job.shell)
    const console = new Console(qemu, verbose)
    const interrupted = interruption(timeout, () => console.tail(), finished.signal)
    const died = closed(qemu).then(() => ports.drained())
    const code = await Promise.race([reported, died, interrupted, console.lockedUp])
    if (code === undefined) throw console.verdict()
    await stop(qemu)
    await Promise.race([ports.drained(), interrupted])
    return code
  } finally {
    finished.abort()
    if (qemu) await stop(qemu)
    ports.close()
    await rm(folder, {recursive: true, force: true})
  }
}

/** QEMU dies with this process, however that ends. In a process group of its own, it leaves Ctrl-C to us. */
function start(qemu: string[], shell: boolean): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', QEMU, ...qemu], {
    stdio: shell ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    detached: !shell,
  })
}

async function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => child.once('close', () => resolve()).once('error', reject))
}

/** SIGTERM first: QEMU then gives the terminal back as it was. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const force = setTimeout(() => child.kill('SIGKILL'), 2000)
  child.kill('SIGTERM')
  await closed(child)
  clearTimeout(force)
}
