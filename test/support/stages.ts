import assert from 'node:assert/strict'
import {spawn, spawnSync} from 'node:child_process'
import {existsSync, symlinkSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {root} from '../../scripts/root.js'
import {Busy, compileBusy} from './busy.js'
import {Running} from './processes.js'

/** What goes on while the examples of a page run. */
export interface Stage {
  /** The name of the process that works, and what it does over and over, as bash. `$T` is a process that sleeps. */
  readonly name: string
  readonly works: string
  /** The process ids on the page that mean it, and those that mean the sleeping one. */
  readonly pids: readonly string[]
  readonly sleeping?: readonly string[]
  readonly user?: 'nobody'
}

/** The program that works beside the examples of tcpretrans, until its stdin ends. */
const retransmits = join(root, 'build', 'test', 'support', 'retransmits.js')

export const idle: Stage = {name: 'idle', works: 'pause', pids: []}
/** The program of `busy.ts`. */
const busy: Stage = {name: 'imaged', works: '', pids: ['5009']}
const opens = ': < settings.toml.local; : < key.pem; : >> shop.log; : <> orders.db; x=$RANDOM; pause'

export const stages: Readonly<Record<string, Stage>> = {
  opensnoop: {name: 'shop', works: opens, pids: ['16882']},
  execsnoop: {name: 'cron', works: './nightly; pause', pids: []},
  killsnoop: {
    ...{name: 'bash', user: 'nobody', pids: [], sleeping: ['31384']},
    // Who may not send it: the kernel refuses.
    works: 'kill -0 $T; kill -CONT $T; [ $UID = 0 ] || { kill 1; kill -9 1; }; kill -- -4000000; pause',
  },
  profile: busy,
  // One of its examples counts processes.
  funccount: {name: 'bash', works: `/bin/true; ${opens}`, pids: ['21370']},
  stackcount: {name: 'bash', works: opens, pids: ['21370', '14733']},
  argdist: {name: 'bash', works: opens, pids: ['181']},
  tcpretrans: {name: '', works: retransmits, pids: []},
  vfsstat: {name: 'bash', works: opens, pids: ['612']},
  synccount: {
    ...{name: 'bash', pids: []},
    works: 'for how in fsync fdatasync; do ./python3 if=db of=log conv=$how; done; pause',
  },
}

/** The process ids of who works and who sleeps. */
interface Pids {
  readonly working: number
  readonly sleeping: number
}

type During<T> = (pids: Pids) => Promise<T>

/** Runs what the stage says, in a folder, beside an example. */
export async function onStage<T>(folder: string, stage: Stage, during: During<T>): Promise<T> {
  if (stage.works === retransmits) return besideRetransmits(during)
  if (stage === busy) return besideBusy(join(folder, busy.name), during)
  return besideBash(folder, stage, during)
}

async function besideRetransmits<T>(during: During<T>): Promise<T> {
  const worker = new Running(process.execPath, [retransmits])
  try {
    return await during({working: worker.pid, sleeping: 0})
  } finally {
    worker.closeInput()
    assert.equal((await worker.outcome).code, 0)
  }
}

async function besideBusy<T>(program: string, during: During<T>): Promise<T> {
  if (!existsSync(program)) compileBusy(dirname(program), basename(program))
  const worker = await Busy.start(program)
  const end = new AbortController()
  const work = (async () => {
    for (; !end.signal.aborted; await worker.work(0.05, 'kernel')) await worker.work(0.1)
  })()
  try {
    return await during({working: worker.pid, sleeping: 0})
  } finally {
    end.abort()
    await work
    await worker.end()
  }
}

async function besideBash<T>(folder: string, {name, works, user}: Stage, during: During<T>): Promise<T> {
  const program = join(folder, name)
  spawnSync('rm', ['-f', program])
  symlinkSync('/bin/bash', program)
  const sleeping = spawn('sleep', ['1000'])
  const loop = `exec 2> /dev/null 9<> <(:); pause() { read -t 0.05 -u 9; }; T=${sleeping.pid}; while :; do ${works}; done`
  const before = user === undefined ? [] : ['setpriv', '--reuid', user, '--clear-groups']
  const argv = [...before, program, '-c', loop]
  const working = spawn(argv[0] ?? '', argv.slice(1), {cwd: folder, stdio: 'ignore'})
  try {
    return await during({working: working.pid ?? 0, sleeping: sleeping.pid ?? 0})
  } finally {
    working.kill('SIGKILL')
    sleeping.kill('SIGKILL')
  }
}
