import assert from 'node:assert/strict'
import fc from 'fast-check'
import command from '#src/commands/killsnoop.js'
import {allFlags} from '#src/engine/define.js'
import {toolMark} from '#src/engine/definition.js'
import {UsageError} from '#src/engine/errors.js'
import {select} from '#src/engine/event/select.js'
import {generateProgram} from '#src/engine/generate.js'
import {defaultFlags} from '../../../scripts/tools.js'
import {hostileText} from '../../support/hostile.js'
import {tokens} from '../../support/tokens.js'

const tool = command[toolMark]
const flags = allFlags(tool)
const askable = Object.entries(tool.columns).flatMap(([name, column]) => (column.internal ? [] : [name]))

const anyInt = fc.integer({min: -(2 ** 31), max: 2 ** 31 - 1})
const signals = fc.array(fc.integer({min: 0, max: 2 ** 31 - 1}), {minLength: 1, maxLength: 5})

function programFor(
  given: Readonly<Record<string, unknown>>,
  columns: readonly string[],
  source = 0,
): string {
  const [first] = tool.sources
  return generateProgram(tool, tool.sources[source] ?? first, {
    flags: {...defaultFlags(tool), ...given},
    selection: select(tool.columns, columns),
    includeSelf: false,
    tracesCommand: false,
  })
}

describe('killsnoop', () => {
  it('has a program of the same tokens for any target and signals, but for the numbers', () => {
    const numbers = /\d+/
    const shape = (given: Readonly<Record<string, unknown>>, source: number): string[] =>
      tokens(programFor(given, askable, source))
        .map(({text}) => text)
        // A negative number is one more token.
        .filter((text) => text !== '-')
        .map((text) => (numbers.test(text) ? '0' : text))
    fc.assert(
      fc.property(anyInt, signals, signals, fc.nat(1), (tpid, shown, hidden, source) => {
        const zeros = (list: readonly number[]): number[] => list.map(() => 0)
        assert.deepEqual(
          shape({tpid, signal: [shown], 'exclude-signal': [hidden]}, source),
          shape({tpid: 0, signal: [zeros(shown)], 'exclude-signal': [zeros(hidden)]}, source),
        )
      }),
    )
  })

  it('takes system calls by name and by the number that they have here', async () => {
    const here = {x64: '62,200,234,424,129,297', arm64: '129,130,131,424,138,240'}[process.arch as 'x64']
    const names = ['kill', 'tkill', 'tgkill', 'pidfd_send_signal', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo']
    const {parse} = tool.flags['syscalls'] ?? {}
    assert.deepEqual(await parse?.(here, 'syscalls'), names)
    assert.deepEqual(await parse?.(`tkill,${here.split(',')[0] ?? ''}`, 'syscalls'), ['tkill', 'kill'])
    assert.throws(() => parse?.('999', 'syscalls'), UsageError)
  })

  it('has no string in its program', () => {
    for (const source of tool.sources.keys())
      assert.ok(
        tokens(programFor({tpid: 1, signal: [[9]]}, askable, source)).every(({kind}) => kind !== 'string'),
      )
  })

  it('takes signals, targets and calls, and nothing else', async () => {
    for (const name of ['signal', 'exclude-signal', 'tpid', 'syscalls']) {
      const parse = flags[name]?.parse
      assert.ok(parse !== undefined)
      await fc.assert(
        fc.asyncProperty(hostileText, async (text) => {
          try {
            const value = await parse(text, name)
            const values = Array.isArray(value) ? (value as unknown[]) : [value]
            const isCall = (each: unknown): boolean => name === 'syscalls' && /^[a-z_]+$/.test(String(each))
            assert.ok(values.every((each) => Number.isSafeInteger(each) || isCall(each)))
          } catch (error) {
            assert.ok(error instanceof UsageError)
          }
        }),
      )
    }
  })

  it('takes every target that a call can be given', () => {
    const parse = flags['tpid']?.parse
    for (const target of [0, 1, -1, -181, 2 ** 31 - 1, -(2 ** 31)])
      assert.equal(parse?.(`${target}`, 'tpid'), target)
    for (const target of ['2147483648', '-2147483649', '1,2', '', '--1', 'init'])
      assert.throws(() => void parse?.(target, 'tpid'), UsageError, target)
  })

  it('looks for the target of a pidfd only where somebody asks for it', () => {
    assert.match(programFor({}, ['tpid']), /struct pid\b/)
    assert.match(programFor({tpid: 1}, ['pid']), /struct pid\b/)
    assert.doesNotMatch(programFor({}, ['pid', 'sig', 'result']), /struct pid\b/)
    assert.doesNotMatch(programFor({tpid: 1}, ['tpid'], 1), /struct|curtask/)
  })

  it('has the probes of the calls that are asked for, each once', () => {
    const program = programFor({syscalls: [['tgkill'], ['kill', 'tgkill']]}, askable)
    assert.deepEqual(
      [...program.matchAll(/^tracepoint:syscalls:(\w+)/gm)].map(([, probe]) => probe),
      ['sys_enter_kill', 'sys_enter_tgkill', 'sys_exit_kill', 'sys_exit_tgkill'],
    )
  })

  it('needs the calls that were named, and leaves out others that a kernel lacks', () => {
    const [source] = tool.sources
    const needs = (syscalls?: string[][]): unknown =>
      source.alsoNeeds?.({flags: {...defaultFlags(tool), syscalls}, sends: () => true, resolved: undefined})
    assert.deepEqual(needs(), [])
    assert.deepEqual(needs([['pidfd_send_signal']]), ['tracepoint:syscalls:sys_enter_pidfd_send_signal'])
  })
})
