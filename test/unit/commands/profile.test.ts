import assert from 'node:assert/strict'
import command from '#src/commands/profile.js'
import {toolMark} from '#src/engine/definition.js'
import {defaultFlags} from '../../../scripts/tools.js'

const tool = command[toolMark]

const countingOf = (given: Readonly<Record<string, unknown>>) =>
  tool.counting?.({...defaultFlags(tool), ...given}, undefined)

describe('profile', () => {
  it("says what it samples in BCC's words", () => {
    const banners: readonly (readonly [Record<string, unknown>, string])[] = [
      [{}, 'at 49 Hertz of all threads by user + kernel stack... Hit Ctrl-C to end.'],
      [{seconds: 5, pid: [1, 2]}, 'at 49 Hertz of PID [1, 2] by user + kernel stack for 5 secs.'],
      [
        {frequency: 99, tid: [3], cpu: 0},
        'at 99 Hertz of TID [3] by user + kernel stack on CPU#0... Hit Ctrl-C to end.',
      ],
      [
        {count: 1000, 'user-stacks-only': true},
        'every 1000 events of all threads by user stack... Hit Ctrl-C to end.',
      ],
      [
        {event: 'cycles', duration: 0.5},
        'every 10000000 events of all threads by user + kernel stack for 0.5 secs.',
      ],
      [
        {'kernel-stacks-only': true, pid: [1], tid: [2]},
        'at 49 Hertz of PID [1] and TID [2] by kernel stack... Hit Ctrl-C to end.',
      ],
    ]
    for (const [given, text] of banners) assert.equal(countingOf(given)?.banner, `Sampling ${text}`)
  })

  it('reports once', () => {
    assert.equal(countingOf({})?.every, undefined)
    assert.deepEqual(countingOf({seconds: 3})?.every, {seconds: 3, times: 1})
  })

  it('has the room for stacks that is asked for', () => {
    assert.equal(countingOf({})?.mapKeys, 16_384)
    assert.equal(countingOf({'stack-storage-size': 16})?.mapKeys, 16)
  })

  it('has a source for each event', () => {
    const names = (event: string | undefined): string[] =>
      tool.sources
        .filter(({suits}) => suits?.({flags: {...defaultFlags(tool), event}, resolved: undefined}))
        .map(({name}) => name)
    assert.deepEqual(
      [names(undefined), names('cpu-clock'), names('cycles')],
      [['cpu-clock'], ['cpu-clock'], ['cycles']],
    )
  })
})
