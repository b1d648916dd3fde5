import assert from 'node:assert/strict'
import fc from 'fast-check'
import command from '#src/commands/opensnoop.js'
import {allFlags} from '#src/engine/define.js'
import {toolMark} from '#src/engine/definition.js'
import {UsageError} from '#src/engine/errors.js'
import {select} from '#src/engine/event/select.js'
import type {FlagTable, FlagValues} from '#src/engine/flag.js'
import {generateProgram} from '#src/engine/generate.js'
import {defaultFlags} from '../../../scripts/tools.js'
import {hostileText} from '../../support/hostile.js'
import {type Token, tokens} from '../../support/tokens.js'

const tool = command[toolMark]
const flags = allFlags(tool)
const askable = Object.entries(tool.columns).flatMap(([name, column]) => (column.internal ? [] : [name]))

/** What a user can vary without changing what the program is made of. */
interface Values {
  pid: number
  tid: number
  uid: number
  name: string
  ids: bigint[]
  below: string
}

/** Every value occurs nowhere else in a program. */
const benign = (cgroups: number): Values => ({
  pid: 4_000_001,
  tid: 4_000_002,
  uid: 4_000_003,
  name: 'harmless',
  ids: Array.from({length: cgroups}, (_, index) => 9_000_000n + BigInt(index)),
  below: `/${'b'.repeat(51)}/`,
})

const values = fc.record({
  pid: fc.integer({min: 1, max: 2 ** 22}),
  tid: fc.integer({min: 1, max: 2 ** 22}),
  uid: fc.integer({min: 0, max: 2 ** 32 - 1}),
  name: hostileText.map(threadName).filter((name) => name !== ''),
  ids: fc.array(fc.bigInt({min: 1n, max: 2n ** 64n - 1n}), {minLength: 1, maxLength: 5}),
  below: fc.array(hostileText, {maxLength: 3}).map((parts) => `/${parts.join('/').replaceAll('\0', '')}/`),
})

const choice = fc.record({
  given: fc.subarray(['pid', 'tid', 'uid', 'name', 'cgroup'] as const),
  switches: fc.subarray(['timestamp', 'print-uid', 'failed', 'extended-fields', 'full-path']),
  openFlags: fc.option(fc.array(fc.constantFrom('O_RDONLY', 'creat', 'O_TMPFILE', 'sync'), {minLength: 1})),
  columns: fc.shuffledSubarray(askable, {minLength: 1}),
  includeSelf: fc.boolean(),
  tracesCommand: fc.boolean(),
  source: fc.constantFrom(...tool.sources),
})
type Choice = typeof choice extends fc.Arbitrary<infer T> ? T : never

describe('opensnoop', () => {
  it('gives the same program for any values, but for the values themselves', () => {
    fc.assert(
      fc.property(choice, values, (chosen, hostile) => {
        const usual = benign(hostile.ids.length)
        const [before, after] = [usual, hostile].map((each) => tokens(programFor(chosen, each)))
        const numbers = new Map([
          [usual.pid.toString(), hostile.pid.toString()],
          [usual.tid.toString(), hostile.tid.toString()],
          [usual.uid.toString(), hostile.uid.toString()],
          [usual.below.length.toString(), Buffer.byteLength(hostile.below).toString()],
          ...usual.ids.map((id, index) => [id.toString(), String(hostile.ids[index])] as const),
        ])
        const texts = new Map([
          [usual.name, bytesOf(hostile.name)],
          [usual.below, bytesOf(hostile.below)],
        ])
        const expected = before?.map((token): Token => {
          if (token.kind === 'number') return {...token, text: numbers.get(token.text) ?? token.text}
          if (token.bytes === undefined) return token
          return {...token, bytes: texts.get(token.bytes) ?? token.bytes}
        })
        assert.deepEqual(after, expected)
      }),
      {numRuns: 400},
    )
  })

  it('has a string in its program only where a user gave one', () => {
    const chosen = {given: ['name', 'cgroup'], switches: [], openFlags: null} as const
    for (const source of tool.sources) {
      const program = programFor(
        {
          ...chosen,
          given: [...chosen.given],
          switches: [],
          columns: askable,
          includeSelf: false,
          tracesCommand: false,
          source,
        },
        benign(1),
      )
      const strings = tokens(program).flatMap(({bytes}) => (bytes === undefined ? [] : [bytes]))
      assert.deepEqual(new Set(strings), new Set([benign(1).name, benign(1).below]), source.name)
    }
  })

  it('takes a flag of open(2) by its name and nothing else', async () => {
    const parse = flags['flag-filter']?.parse
    assert.ok(parse !== undefined)
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        try {
          const test = (await parse(text, 'flag-filter')) as {mask: number; value: number}
          assert.ok(Number.isSafeInteger(test.mask) && Number.isSafeInteger(test.value))
        } catch (error) {
          assert.ok(error instanceof UsageError)
        }
      }),
    )
  })

  it('refuses names that no thread can have', async () => {
    const parse = flags['name']?.parse
    assert.ok(parse !== undefined)
    for (const name of ['', 'a\0b', 'sixteen letters!', 'é'.repeat(8)])
      assert.throws(() => void parse(name, 'name'), UsageError, JSON.stringify(name))
    for (const name of ['fifteen letters', 'é'.repeat(7), ' ', '-'])
      assert.equal(await parse(name, 'name'), name)
  })
})

function programFor(chosen: Choice, {pid, tid, uid, name, ids, below}: Values): string {
  const all = {pid, tid, uid, name, cgroup: {ids, below}}
  const parse = flags['flag-filter']?.parse
  const given: FlagValues<FlagTable> = {
    ...defaultFlags(tool),
    ...Object.fromEntries(chosen.given.map((flag) => [flag, all[flag]])),
    ...Object.fromEntries(chosen.switches.map((flag) => [flag, true])),
    'flag-filter': chosen.openFlags?.map((flag) => parse?.(flag, 'flag-filter')),
  }
  return generateProgram(tool, chosen.source, {
    flags: given,
    selection: select(tool.columns, chosen.columns),
    includeSelf: chosen.includeSelf,
    tracesCommand: chosen.tracesCommand,
  })
}

/** As much of a text as fits in a thread's name, without NUL. */
function threadName(text: string): string {
  let name = ''
  for (const char of text.replaceAll('\0', '')) {
    if (Buffer.byteLength(name + char) > 15) break
    name += char
  }
  return name
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1')
}
