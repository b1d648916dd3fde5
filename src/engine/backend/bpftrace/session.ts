import {type ChildProcessByStdio, spawn} from 'node:child_process'
import {readFileSync} from 'node:fs'
import type {Readable, Writable} from 'node:stream'
import {RunError} from '../../errors.js'
import type {MapShape} from '../../event/snapshot.js'
import type {Job, Message, Session} from '../backend.js'
import {Decoder, readyMarker} from './decode.js'
import type {Dialect} from './dialect.js'
import {midRunFailure, startFailure, tellingWords} from './failure.js'
import type {Installation} from './locate.js'
import {Queue} from '../queue.js'
import {requestSnapshot, snapshotClause, SnapshotReader} from './snapshots.js'

/** SIGTERM while bpftrace attaches can be lost (0.17), so it is said again; once it runs, one is heard. */
const repeatStopMs = {starting: 300, running: 5000}
/**
 * bpftrace throws away what it has not read when SIGTERM comes (seen in 0.17 and 0.27), so it is given time to
 * read what happened before: until it sleeps again, which a steady stream of events may keep it from.
 */
const graceMs = {least: 100, most: 2000}
/** A request for the last snapshot is said again, in case its answer found the buffer full. */
const lastSnapshotMs = {repeat: 500, most: 3000}
/** Detaching takes up to 90 ms a probe; thousands are allowed their time before force is used. */
const stopPatienceMs = {base: 10_000, perProbe: 200}
/** Chunks waiting to be taken before bpftrace is left to wait, so that memory stays bounded. */
const fullQueue = 64
const notAttached = /could not attach probe (.+), skipping/
/** Words before the first message that are kept for an error. */
const keptWords = 200

/** Runs a program in a bpftrace process. */
export class BpftraceSession implements Session {
  readonly messages: AsyncIterable<readonly Message[]>
  readonly deliversAll = false
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #version: string
  readonly #queue: Queue<readonly Message[]>
  readonly #decoder: Decoder
  readonly #words: string[] = []
  /** Probes that were not attached and of which nobody was told. */
  readonly #missing: string[] = []
  readonly #closed: Promise<void>
  #ready = false
  #ended = false
  #rest = ''
  #probes = 0
  readonly #snapshots: SnapshotReader
  #snapshotsAsked = 0
  /** Which of them is the last one, counted from 1. */
  #lastSnapshot = Infinity
  #lastSnapshotCame = false
  readonly #countsInMaps: boolean
  readonly #maps: readonly MapShape[]
  #stopTimers: NodeJS.Timeout[] | undefined
  #killed = false
  #failed = false

  constructor({path, version}: Installation, dialect: Dialect, job: Job) {
    const room = job.textRoom ?? dialect.room(job.row)
    this.#version = version
    this.#decoder = new Decoder(dialect, room)
    this.#probes = Math.max(job.probes ?? 0, job.program.match(/^\w+:/gm)?.length ?? 0)
    this.#maps = job.maps ?? []
    this.#snapshots = new SnapshotReader(this.#maps, room)
    this.#countsInMaps = this.#maps.length > 0
    this.#child = spawn(
      'setpriv',
      // The kernel ends bpftrace when tstrace dies, however it dies: alone it would stay for ever. The shell
      // adds its process id, which exec keeps, as the last parameter.
      ['--pdeathsig', 'KILL', 'sh', '-c', 'exec "$0" "$@" $$', path].concat(
        ['-f', 'json', ...dialect.options, '-'],
        job.parameters.map(String),
      ),
      {
        // A process group of its own, so that Ctrl-C on the terminal reaches tstrace alone.
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {...process.env, ...dialect.environment(room, {...job, probes: this.#probes})},
      },
    )
    const {stdin, stdout, stderr} = this.#child
    this.#queue = new Queue(() => stdout.resume())
    this.messages = this.#queue
    stdin.on('error', () => {}) // it died before reading the program: its exit says why
    stdin.end(dialect.spell(job.program) + (this.#countsInMaps ? snapshotClause(this.#maps, dialect) : ''))
    stdout.setEncoding('latin1').on('data', (chunk: string) => this.#read(chunk))
    let errorRest = ''
    stderr.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (errorRest + chunk).split('\n')
      errorRest = lines.pop() ?? ''
      this.#hear(lines)
    })
    this.#closed = new Promise((resolve) => {
      this.#child.on('error', (cause) => {
        this.#ended = true
        this.#queue.close(
          new RunError(`could not start bpftrace through setpriv: ${cause.message}`, {
            hint: 'setpriv is part of util-linux; install it',
            cause,
          }),
        )
        resolve()
      })
      this.#child.on('close', (code, signal) => {
        this.#hear([errorRest])
        this.#end(code, signal)
        resolve()
      })
    })
  }

  snapshot(): void {
    this.#snapshotsAsked++
    requestSnapshot()
  }

  stop(): void {
    if (this.#stopTimers !== undefined || this.#ended) return
    const patience = stopPatienceMs.base + stopPatienceMs.perProbe * this.#probes
    this.#stopTimers = [setTimeout(() => void this.kill(), patience)]
    if (!this.#ready) this.#terminate(repeatStopMs.starting)
    else if (this.#countsInMaps) this.#takeLastSnapshot()
    else this.#terminateWhenIdle()
  }

  /** Asks for it until it comes: its answer may find the buffer full. The reader of messages goes on from there. */
  #takeLastSnapshot(): void {
    this.#lastSnapshot = this.#snapshotsAsked + 1
    this.snapshot()
    this.#stopTimers?.push(
      setInterval(requestSnapshot, lastSnapshotMs.repeat),
      setTimeout(() => this.#terminate(repeatStopMs.running), lastSnapshotMs.most),
    )
  }

  #terminateWhenIdle(): void {
    const askedAt = performance.now()
    const look = (): void => {
      if (this.#isRunning() && performance.now() - askedAt < graceMs.most) {
        this.#stopTimers?.push(setTimeout(look, graceMs.least))
      } else this.#terminate(repeatStopMs.running)
    }
    this.#stopTimers?.push(setTimeout(look, graceMs.least))
  }

  /** Sends SIGTERM, and again every so many milliseconds. */
  #terminate(repeat: number): void {
    const send = (): void => void this.#child.kill('SIGTERM')
    send()
    this.#stopTimers?.push(setInterval(send, repeat))
  }

  async kill(): Promise<void> {
    this.#killed = true
    this.#killGroup()
    this.#child.stdout.resume()
    await this.#closed
  }

  /** Whether it uses or waits for a CPU. */
  #isRunning(): boolean {
    try {
      return /\) R /.test(readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8'))
    } catch {
      return false
    }
  }

  /** Its whole process group: whatever it started would keep its stdout, and so us, waiting. */
  #killGroup(): void {
    try {
      if (this.#child.pid !== undefined && !this.#ended) process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      this.#child.kill('SIGKILL') // it was not yet a group of its own
    }
  }

  #read(chunk: string): void {
    if (this.#failed) return
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    const batch: Message[] = []
    try {
      for (const line of lines) {
        if (this.#isStray(line)) continue
        const decoded = this.#decoder.decode(line)
        const message = decoded && this.#snapshots.take(decoded, this.#lastSnapshot)
        if (message?.kind === 'ready') batch.push(...this.#becomeReady())
        if (message === undefined || message.kind === 'ready') continue
        if (message.kind === 'snapshot' && this.#lastSnapshotCame) continue
        if (message.kind === 'snapshot' && message.last) this.#heardLastSnapshot()
        batch.push(message)
      }
    } catch (error) {
      if (batch.length > 0) this.#queue.push(batch)
      this.#fail(error as Error)
      return
    }
    if (batch.length > 0) this.#queue.push(batch)
    if (this.#ready && this.#queue.length > fullQueue) this.#child.stdout.pause()
  }

  #heardLastSnapshot(): void {
    this.#lastSnapshotCame = true
    this.#terminate(repeatStopMs.running)
  }

  /** Words on stdout: some versions warn there while they start. Later they have no business there. */
  #isStray(line: string): boolean {
    if (line === '' || line.startsWith('{') || line === readyMarker) return false
    if (this.#ready || this.#words.length >= keptWords) return false // the decoder says what is wrong
    this.#words.push(line)
    return true
  }

  #hear(lines: readonly string[]): void {
    for (const line of lines) {
      if (line === readyMarker) {
        this.#queue.push(this.#becomeReady())
        continue
      }
      const unattached = notAttached.exec(line)?.[1]
      if (unattached !== undefined) this.#missing.push(unattached)
      if (unattached !== undefined && this.#ready) this.#queue.push(this.#sayMissing())
      else if (this.#words.length < keptWords) {
        this.#words.push(line)
        if (this.#ready && this.#stopTimers === undefined && tellingWords([line]).length > 0) {
          this.#queue.push([{kind: 'trouble', text: `bpftrace says: ${line}`}])
        }
      }
    }
  }

  #becomeReady(): Message[] {
    this.#ready = true
    return [{kind: 'ready'}, ...this.#sayMissing()]
  }

  /** What bpftrace up to 0.23 could not attach, and goes on without; later versions end. */
  #sayMissing(): Message[] {
    const missing = this.#missing.splice(0)
    if (missing.length === 0) return []
    const some = missing.slice(0, 3).join(', ') + (missing.length > 3 ? ' ...' : '')
    const text = `${missing.length} ${missing.length === 1 ? 'probe' : 'probes'} could not be attached, so their events are missing: ${some}`
    return [{kind: 'trouble', text}]
  }

  #fail(error: Error): void {
    this.#failed = true
    this.#queue.close(error)
    void this.kill()
  }

  #end(code: number | null, signal: string | null): void {
    this.#ended = true
    this.#stopTimers?.forEach(clearTimeout)
    if (this.#killed || this.#stopTimers !== undefined || (code === 0 && this.#ready)) {
      // What the maps were in the end counts only if no better time was found to read them.
      if (this.#countsInMaps && this.#ready && !this.#lastSnapshotCame)
        this.#queue.push([this.#snapshots.atExit])
      this.#queue.close()
      return
    }
    const exit = {version: this.#version, code, signal, words: this.#words}
    this.#queue.close(this.#ready ? midRunFailure(exit) : startFailure(exit))
  }
}
