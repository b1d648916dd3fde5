import assert from 'node:assert/strict'
import {isoTime, localTime} from '#src/engine/event/time.js'
import {setEnvironment} from '../../../support/temporary.js'

describe('isoTime', () => {
  it('has nine digits after the second', () => {
    assert.equal(isoTime(0n), '1970-01-01T00:00:00.000000000Z')
    assert.equal(isoTime(1_000_000_000_000_000_001n), '2001-09-09T01:46:40.000000001Z')
    assert.equal(isoTime(1_767_225_599_999_999_999n), '2025-12-31T23:59:59.999999999Z')
  })
})

describe('localTime', () => {
  it('is in the time zone of the user', () => {
    for (const [zone, time] of [
      ['UTC', '01:46:40'],
      ['Asia/Kolkata', '07:16:40'],
      ['America/New_York', '21:46:40'],
    ] as const) {
      const restore = setEnvironment({TZ: zone})
      try {
        assert.equal(localTime(1_000_000_000_999_999_999n), time)
      } finally {
        restore()
      }
    }
  })
})
