import assert from 'node:assert/strict'
import fc from 'fast-check'
import command from '#src/commands/execsnoop.js'
import {allFlags} from '#src/engine/define.js'
import {toolMark} from '#src/engine/definition.js'
import {UsageError} from '#src/engine/errors.js'
import {select} from '#src/engine/event/select.js'
import {OddText, TextList} from '#src/engine/event/text.js'
import {generateProgram} from '#src/engine/generate.js'
import {defaultFlags} from '../../../scripts/tools.js'
import {hostileText} from '../../support/hostile.js'
import {tokens} from '../../support/tokens.js'

const tool = command[toolMark]
const flags = allFlags(tool)
const source = tool.sources[0]
const parse = (name: string, value: string): unknown => flags[name]?.parse?.(value, name)

/** The program for some values of flags; `-x` is given, which makes the largest. */
function program(values: Readonly<Record<string, unknown>>): string {
  const given = {...defaultFlags(tool), failed: true, ...values}
  const selection = select(tool.columns, tool.show(given, 'table'), tool.keep?.(given)?.reads)
  return generateProgram(tool, source, {flags: given, selection, includeSelf: false, tracesCommand: false})
}

describe('execsnoop', () => {
  it('puts no text of a user into its program', () => {
    const expression = hostileText.map((text) => {
      try {
        return parse('name', text)
      } catch (error) {
        assert.ok(error instanceof UsageError)
        return undefined
      }
    })
    const plain = program({name: /x/, line: /x/})
    fc.assert(
      fc.property(expression, expression, (name = /x/, line = /x/) => {
        assert.equal(program({name, line}), plain)
      }),
    )
    assert.deepEqual(
      tokens(program({ppid: 181, uid: 0})).filter(({kind}) => kind === 'string'),
      [],
    )
  })

  it('takes 1 to 200 arguments', () => {
    for (const count of [1, 20, 60, 200]) assert.equal(parse('max-args', `${count}`), count)
    for (const value of ['0', '201', '-1', 'x', ''])
      assert.throws(() => parse('max-args', value), {
        name: 'UsageError',
        message: `--max-args: '${value}' is not a number of arguments (a whole number from 1 to 200)`,
      })
  })

  it('matches the line as it was given, and nothing where arguments were lost', () => {
    const keep = (line: string, args: TextList | null): boolean | undefined =>
      tool.keep?.({...defaultFlags(tool), line: parse('line', line)})?.test({args})
    const args = new TextList(['/bin/a', 'b\nc', '"d"', new OddText(Buffer.from([0xff]), false)], true)
    assert.equal(keep('^/bin/a b\nc "d" \\\\xff \\.\\.\\.$', args), true)
    assert.equal(keep('^b', args), false)
    assert.equal(keep('-', null), false)
  })

  it('has no arguments where one was lost on the way', () => {
    const row = {strings: null, more: 0, directory: -100, guess: 0}
    const context = {wallTime: (ns: bigint) => ns, sinceBegin: (ns: bigint) => ns, userName: () => null}
    const args = tool.columns['args']?.compute?.(row, context)
    assert.equal(args, null)
    const line = tool.columns['command_line']
    assert.equal(line?.cell?.(line.compute?.({args: null}, context) ?? null), '-')
  })

  it('names the errors of failed execs', () => {
    const {compute} = tool.columns['error'] ?? {}
    const context = {wallTime: (ns: bigint) => ns, sinceBegin: (ns: bigint) => ns, userName: () => null}
    assert.equal(compute?.({ret: -2}, context), 'ENOENT')
    assert.equal(compute({ret: 0}, context), null)
  })
})
