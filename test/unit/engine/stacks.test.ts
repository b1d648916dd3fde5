import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import koffi from 'koffi'
import type {CountedStack, Interval, Report} from '#src/engine/event/report.js'
import {Intervals} from '#src/engine/event/report.js'
import type {KeyPart, MapEntry, Snapshot} from '#src/engine/event/snapshot.js'
import {frameText, type Half} from '#src/engine/event/stack.js'
import {type StackOutput, type StackParts, stackCounting} from '#src/engine/stacks.js'
import {sampleContext} from '../../support/sample.js'

const both: StackParts = {kernel: true, user: true, perProcess: true}
const output: StackOutput = {options: {}, style: 'profile', banner: '', storage: 16}

/** A function of the kernel that has no name for anybody, and one of this process. */
const unnamed = 0xffff_0000_0000_1000n
const dlsym = koffi.load(null).func('void *dlsym(void *library, const char *name)')
const getpid = koffi.address(dlsym(null, 'getpid'))

/** The name of a thread as the program sends it. */
function nameParts(name: string): [bigint, bigint] {
  const bytes = Buffer.alloc(16)
  bytes.write(name, 'latin1')
  return [bytes.readBigInt64LE(0), bytes.readBigInt64LE(8)]
}

const key = (
  name: string,
  {
    kernel = [],
    user = [getpid],
    pid = process.pid,
    program = 1,
  }: {kernel?: bigint[]; user?: bigint[]; pid?: number; program?: number} = {},
): readonly KeyPart[] => [kernel, user, pid, program, ...nameParts(name)]

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

type Counts = readonly (readonly [readonly KeyPart[], number])[]

/** A moment at which so much was counted; `samples` are more where there was no room. */
function snapshot(counts: Counts, samples = counts.reduce((sum, [, count]) => sum + count, 0)): Snapshot {
  const entries: MapEntry[] = counts.map(([parts, count]) => ({
    id: JSON.stringify(parts, plain),
    key: parts,
    count,
  }))
  const maps = new Map([
    ['@samples', [{id: '[]', key: [], count: samples}]],
    ['@stacks', entries],
  ])
  return {kind: 'snapshot', time: 0n, maps, last: false}
}

async function reports(
  snapshots: readonly Snapshot[],
  parts: StackParts = both,
  more: Partial<StackOutput> = {},
): Promise<Report[]> {
  const collector = await stackCounting(parts, {...output, ...more}).collect(sampleContext)
  const intervals = new Intervals(snapshot([]), 0n, (time) => time)
  try {
    return snapshots.map((each) => collector.report(intervals.next(each, 0n)))
  } finally {
    collector.close?.()
  }
}

const names = (half: Half | undefined): unknown =>
  typeof half === 'object' ? half.map((frame) => frameText(frame)) : half
const shown = ({sections: [section]}: Report): unknown[] =>
  section?.kind === 'stacks'
    ? section.stacks.map(({stack: {comm, pid, kernel, user}, count}: CountedStack) => [
        comm,
        pid,
        names(kernel),
        names(user),
        count,
      ])
    : []

describe('counted stacks', () => {
  it('have names, and those that look the same are one; the most frequent is the last', async () => {
    const [report] = await reports([
      snapshot([
        [key('often'), 5],
        [key('rare', {kernel: [unnamed]}), 2],
        [key('often', {user: [getpid + 1n]}), 1],
        [key('often', {pid: 2 ** 30}), 3],
      ]),
    ])
    assert.ok(report !== undefined)
    assert.deepEqual(shown(report), [
      ['rare', process.pid, ['[unknown]'], ['getpid'], 2],
      ['often', 2 ** 30, [], ['[unknown]'], 3],
      ['often', process.pid, [], ['getpid'], 6],
    ])
    assert.deepEqual(report.missed, {noRoom: 0, notKept: 0})
  })

  it('are apart where what is shown of them differs', async () => {
    const counts: Counts = [
      [key('a'), 5],
      [key('a', {user: [getpid + 1n]}), 1],
    ]
    for (const options of [{offset: true}, {address: true}]) {
      const [report] = await reports([snapshot(counts)], both, {options})
      assert.equal(report && shown(report).length, 2)
    }
  })

  it('have the whole name of the thread, whatever is in it', async () => {
    const odd = ['', 'x', 'exactly8', 'fifteen bytes!!', 'a,b"\\c;\n\x1b', '\xc3\xa9']
    const [report] = await reports([snapshot(odd.map((name, index) => [key(name), index + 1]))])
    assert.deepEqual(
      shown(report as Report).map((stack) => (stack as unknown[])[0]),
      odd.map((name) => Buffer.from(name, 'latin1').toString('utf8')),
    )
  })

  it('can be of one half, of all processes, and the biggest only', async () => {
    const [kernel] = await reports(
      [
        snapshot([
          [[[unnamed], 7, ...nameParts('a')], 2],
          [[[], 7, ...nameParts('a')], 1],
        ]),
      ],
      {
        ...both,
        user: false,
      },
    )
    // Without a frame, the other half was running.
    assert.deepEqual(shown(kernel as Report), [
      ['a', 7, [], undefined, 1],
      ['a', 7, ['[unknown]'], undefined, 2],
    ])
    const [all] = await reports(
      [
        snapshot([
          [[[], [getpid], process.pid, 1], 2],
          [[[], [getpid], 2 ** 30, 1], 1],
          [[[unnamed], [], 1, 1], 9],
        ]),
      ],
      {...both, perProcess: false},
      {top: 2},
    )
    assert.deepEqual(shown(all as Report), [
      ['', undefined, [], ['getpid'], 2],
      ['', undefined, ['[unknown]'], [], 9],
    ])
  })

  it('are missed where neither half has a frame', async () => {
    const [report] = await reports([
      snapshot([
        [key('a', {user: []}), 4],
        [key('b'), 1],
      ]),
    ])
    assert.ok(report !== undefined)
    assert.deepEqual(shown(report), [
      ['b', process.pid, [], ['getpid'], 1],
      ['a', process.pid, 'missed', 'missed', 4],
    ])
    assert.deepEqual(report.missed, {noRoom: 0, notKept: 4})
  })

  it('that found no room are known from the number of samples, each once', async () => {
    const counts: Counts = [[key('a'), 10]]
    const seen = await reports([
      snapshot(counts, 13),
      // Stacks are read after the number of samples, so that there may be more of them than it says.
      snapshot([[key('a'), 25]], 26),
      snapshot([[key('a'), 30]], 37),
    ])
    assert.deepEqual(
      seen.map(({missed}) => missed?.noRoom),
      [3, 0, 4],
    )
    assert.deepEqual(
      seen.map((report) => shown(report).length),
      [2, 1, 2],
    )
    assert.deepEqual(shown(seen[0] as Report)[0], ['[unknown]', undefined, 'missed', 'missed', 3])
  })

  it('have names also if the number of the program is larger than a double can hold', async () => {
    const program = 2n ** 60n + 1n
    const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'])
    await once(child.stdout, 'data')
    const pid = child.pid ?? 0
    const maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
    const [, start = '', , offset = ''] =
      /^([0-9a-f]+)-([0-9a-f]+) r-xp ([0-9a-f]+) .*\/libc\.so\.6$/m.exec(maps) ?? []
    const own = /^([0-9a-f]+)-[0-9a-f]+ r-xp ([0-9a-f]+) .*\/libc\.so\.6$/m.exec(
      readFileSync('/proc/self/maps', 'utf8'),
    )
    assert.ok(own !== null && own[2] === offset)
    const there = getpid - BigInt(`0x${own[1]}`) + BigInt(`0x${start}`)

    const collector = await stackCounting(both, output).collect(sampleContext)
    collector.message?.([pid, program.toString()])
    child.kill()
    await once(child, 'exit')
    const parts: readonly KeyPart[] = [[], [there], pid, program, ...nameParts('a')]
    const report = collector.report(
      new Intervals(snapshot([]), 0n, (time) => time).next(snapshot([[parts, 1]]), 0n),
    )
    collector.close?.()
    assert.deepEqual(shown(report), [['a', pid, [], ['getpid'], 1]])
  })

  it('have no names if their program was looked at when another ran already', async () => {
    const collector = await stackCounting(both, output).collect(sampleContext)
    collector.message?.([process.pid, 1])
    collector.message?.([process.pid, '18446744073709551615'])
    const counts: Counts = [[key('a', {program: 1}), 1]]
    const report = collector.report(
      new Intervals(snapshot([]), 0n, (time) => time).next(snapshot(counts), 0n),
    )
    collector.close?.()
    // The second was there already when the first was looked at, so that nobody knows what the first was.
    assert.deepEqual(shown(report), [['a', process.pid, [], ['[unknown]'], 1]])
  })

  it('have a heading where the tool gives one', async () => {
    const heading = ({seconds}: Pick<Interval, 'seconds'>): string => `after ${seconds} s`
    const [report] = await reports([snapshot([])], both, {heading})
    assert.equal(report?.heading, 'after 0 s')
  })
})
