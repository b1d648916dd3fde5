import assert from 'node:assert/strict'
import {
  BugError,
  describeError,
  MachineError,
  ProgramError,
  RunError,
  TstraceError,
  UsageError,
} from '#src/engine/errors.js'

describe('errors', () => {
  it('have one exit code per kind', () => {
    const kinds = [RunError, UsageError, MachineError, ProgramError, BugError]
    assert.deepEqual(
      kinds.map((Kind) => [new Kind('x').name, new Kind('x').exitCode]),
      [
        ['RunError', 1],
        ['UsageError', 2],
        ['MachineError', 3],
        ['ProgramError', 4],
        ['BugError', 70],
      ],
    )
    assert.ok(kinds.every((Kind) => new Kind('x') instanceof TstraceError))
  })

  it('keep their cause', () => {
    const cause = new Error('below')
    assert.equal(new RunError('x', {cause}).cause, cause)
    assert.equal('cause' in new RunError('x'), false)
  })
})

describe('describeError', () => {
  it('prints message, context and hint', () => {
    assert.deepEqual(
      describeError(new MachineError('no tracefs', {hint: 'mount it', context: ['a', 'b: c']})),
      {
        text: 'tstrace: no tracefs\n  a\n  b: c\nHINT: mount it\n',
        exitCode: 3,
      },
    )
    assert.deepEqual(describeError(new UsageError('no')), {text: 'tstrace: no\n', exitCode: 2})
  })

  it('keeps the stack of what nobody foresaw', () => {
    const error = new TypeError('x is not a function')
    assert.deepEqual(describeError(error), {
      text: `tstrace: something inside tstrace went wrong: ${error.stack}\nHINT: please report this, with the command line and \`tstrace doctor --json\`.\n`,
      exitCode: 70,
    })
    assert.match(
      describeError('just text').text,
      /^tstrace: something inside tstrace went wrong: just text\n/,
    )
    assert.equal(describeError(undefined).exitCode, 70)
  })
})
