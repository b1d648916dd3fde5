import assert from 'node:assert/strict'
import {LossCounter} from '#src/engine/backend/embedded/runtime/losses.js'

describe('LossCounter', () => {
  const named = {name: '@m', map: 3, key: [], offsets: [], held: {kind: 'count'}} as const
  const losses = [
    {kind: 'records'},
    {kind: 'map full', named: 0},
    {kind: 'stacks'},
    {kind: 'ranges'},
  ] as const

  it('says what is new', () => {
    const counter = new LossCounter({losses, named: [named]})
    const full = {
      kind: 'trouble',
      text: 'a map of the program is full: new keys are not counted (@m)',
      mapFull: true,
    }
    assert.deepEqual(counter.news([0, 0, 0, 0], 0), [])
    assert.deepEqual(counter.news([23, 0, 0, 0], 0), [{kind: 'lost', events: 23}])
    assert.deepEqual(counter.news([23, 5, 0, 0], 0), [full])
    assert.deepEqual(counter.news([24, 7, 0, 0], 0), [{kind: 'lost', events: 1}, full])
    const hint = 'raise --stack-storage-size'
    assert.deepEqual(counter.news([24, 7, 2, 0], 0), [{kind: 'missed', stacks: 2, hint}])
    assert.deepEqual(counter.news([24, 7, 2, 0], 23), [{kind: 'unseen', events: 23}])
    assert.deepEqual(counter.news([25, 7, 2, 0], 23), [{kind: 'lost', events: 1}])
    const text = 'a range has more than 8388608 numbers: the loop over it did not run'
    assert.deepEqual(counter.news([25, 7, 2, 4], 23), [{kind: 'trouble', text}])
  })
})
