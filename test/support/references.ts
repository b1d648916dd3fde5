import assert from 'node:assert/strict'
import {join} from 'node:path'
import {libraryWork, workFor} from '../differential/works.js'
import {writeKnownCode} from './knowncode.js'
import type {KnownWork, WorkPlan} from './knownwork.js'

/** How a reference program is tried. */
export interface Reference {
  /** What makes its events. @param folder for what the work writes */
  readonly plan: (folder: string) => WorkPlan
  /** Fails if a bpftrace that ran it as it stands did not show the events of the work. */
  readonly shows: (output: string, work: KnownWork, hasUserNames: boolean) => void
  /** It prints rows as they come, not maps at the end. */
  readonly printsRows?: true
  /** A field of a tracepoint, which not every kernel has. */
  readonly needs?: readonly [tracepoint: string, field: string]
}

/** How often most things are done in the work, and some. */
const many = 23
const few = 7

const workOf =
  (tool: string) =>
  (folder: string): WorkPlan =>
    workFor(tool, '', folder)

/** With the libraries that the files name. */
const calls = (): WorkPlan => libraryWork(false)
const exceptions = (): WorkPlan => libraryWork(true)

/** Reads 1 MiB at once, which hardly anything else does. */
function reading(folder: string): WorkPlan {
  const command = join(folder, 'reading')
  writeKnownCode(command, {outer: 0, other: 0, reader: many, size: 1 << 20})
  return {command, args: []}
}

/** A row that must be there so often. */
const rows =
  (times: number, pattern: (work: KnownWork) => string) =>
  (output: string, work: KnownWork): void => {
    const found = output.match(new RegExp(pattern(work), 'g')) ?? []
    assert.equal(found.length, times, `so often ${pattern(work)}`)
  }

/** Of maps, of which others may have added to some of the counts. */
const counts =
  (least: Readonly<Record<string, number>>) =>
  (output: string): void => {
    for (const [entry, times] of Object.entries(least)) {
      const [, counted = '0'] = new RegExp(`^@${entry}: (\\d+)$`, 'm').exec(output) ?? []
      assert.ok(Number(counted) >= times, `${entry} is ${counted}, not ${times}`)
    }
  }

/** Of the stacks of the process, with the names in them, which only a process that has not ended can have. */
const stacks =
  (least: number, names: {readonly kernel?: string; readonly user?: string} = {}) =>
  (output: string, {pid}: KnownWork, hasUserNames: boolean): void => {
    const entries = output.split(/^(?=@)/m).filter((entry) => entry.startsWith('@stacks['))
    const own = entries.filter((entry) => new RegExp(`^, ${pid}, \\d+.*\\]: \\d+$`, 'm').test(entry))
    const total = own.reduce((sum, entry) => sum + Number(/\]: (\d+)\s*$/.exec(entry)?.[1]), 0)
    assert.ok(total >= least, `${total} of the process, not ${least}`)
    const expected = [names.kernel, hasUserNames ? names.user : undefined]
    for (const name of expected.filter((each) => each !== undefined))
      assert.ok(
        own.some((entry) => entry.includes(name)),
        `${name} in a stack`,
      )
  }

const opened = rows(many, ({pid}) => `\\(0, \\d+, ${pid}, nginxa"b\\\\c\\n\u00e9, -1, 2, /nx/one\\)`)

/** Signal 0 to the child, so often by any call that the program knows the target of. */
const signalled = (times: number) =>
  rows(times, ({pid, child}) => `\\(0, \\d+, ${pid}, [^,]+, 0, ${child}, 0\\)`)

/** Of both families, in both states; the process is whoever was on the CPU. */
function sentAgain(output: string): void {
  const all = [...output.matchAll(/\(0, \d+, \d+, (2|10), \d+, \d+, \d+, 0, \d+, \d+, \d+, (\d+), \d+\)/g)]
  const kinds = new Set(all.map(([, family, state]) => `family ${family}, state ${state}`))
  const expected = ['2', '10'].flatMap((family) =>
    ['1', '2'].map((state) => `family ${family}, state ${state}`),
  )
  assert.deepEqual(
    expected.filter((kind) => !kinds.has(kind)),
    [],
  )
}

const fileCalls = counts({read: 11, write: many, fsync: 3, open: many, unlink: 3, mkdir: 5, rmdir: 5})

/** For each file of scripts-bt. */
export const references: Readonly<Record<string, Reference>> = {
  'argdist.bt': {plan: reading, shows: counts({'hist0\\[20\\]': many})},
  'argdist-kprobe.bt': {plan: workOf('vfsstat'), shows: counts({'hist0\\[0\\]': many})},
  'argdist-uprobe.bt': {plan: calls, shows: counts({'hist0\\[12\\]': many})},
  'argdist-usdt.bt': {plan: exceptions, shows: counts({count0: 1})},
  'execsnoop.bt': {
    plan: workOf('execsnoop'),
    printsRows: true,
    shows: rows(many, ({pid}) => `\\(0, \\d+, \\d+, true, \\d+, ${pid}, 0, 1, 0, -100, 0\\)`),
  },
  // By the address, which is a negative number.
  'funccount.bt': {plan: reading, shows: counts({'calls\\[-?\\d+\\]': many})},
  'funccount-tracepoint.bt': {plan: calls, shows: counts({'calls\\[0\\]': few})},
  'funccount-uprobe.bt': {plan: calls, shows: counts({'calls\\[0\\]': many})},
  'funccount-usdt.bt': {plan: exceptions, shows: counts({'calls\\[0\\]': 1})},
  // A pidfd says whom it stands for, if only to those who read the kernel's memory.
  'killsnoop.bt': {plan: workOf('killsnoop'), printsRows: true, shows: signalled(many + few)},
  'killsnoop-tracepoint-untyped.bt': {plan: workOf('killsnoop'), printsRows: true, shows: signalled(many)},
  'opensnoop.bt': {plan: workOf('opensnoop'), printsRows: true, shows: opened},
  'opensnoop-fentry.bt': {plan: workOf('opensnoop'), printsRows: true, shows: opened},
  'opensnoop-kprobe.bt': {plan: workOf('opensnoop'), printsRows: true, shows: opened},
  'profile.bt': {plan: workOf('profile'), shows: stacks(many, {user: 'middle'})},
  'profile-cycles.bt': {plan: workOf('profile'), shows: stacks(many, {user: 'middle'})},
  'stackcount.bt': {plan: reading, shows: stacks(many, {kernel: 'vfs_read', user: 'reader'})},
  'stackcount-tracepoint.bt': {plan: calls, shows: stacks(few, {kernel: 'schedule'})},
  'stackcount-uprobe.bt': {plan: calls, shows: stacks(many, {user: 'getenv'})},
  'stackcount-usdt.bt': {plan: exceptions, shows: stacks(1)},
  'tcpretrans.bt': {
    plan: workOf('tcpretrans'),
    printsRows: true,
    shows: sentAgain,
    needs: ['tcp:tcp_retransmit_skb', 'err'],
  },
  'tcpretrans-kprobe.bt': {plan: workOf('tcpretrans'), printsRows: true, shows: sentAgain},
  'tcpretrans-tracepoint-without-err.bt': {plan: workOf('tcpretrans'), printsRows: true, shows: sentAgain},
  'vfsstat.bt': {plan: workOf('vfsstat'), shows: fileCalls},
  'vfsstat-kprobe.bt': {plan: workOf('vfsstat'), shows: fileCalls},
}
