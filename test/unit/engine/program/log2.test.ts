import assert from 'node:assert/strict'
import {bt} from '#src/engine/program/bt.js'
import {bucketRange, log2Bucket} from '#src/engine/program/log2.js'

describe('buckets of powers of two', () => {
  it('lie side by side, and mirror each other', () => {
    for (let bucket = -64; bucket < 63; bucket++)
      assert.equal(bucketRange(bucket + 1).low, bucketRange(bucket).high + 1n, `${bucket}`)
    assert.deepEqual(bucketRange(0), {low: 0n, high: 1n})
    assert.deepEqual(bucketRange(3), {low: 8n, high: 15n})
    assert.deepEqual(bucketRange(63), {low: 2n ** 63n, high: 2n ** 64n - 1n})
    assert.deepEqual(bucketRange(-1), {low: -1n, high: -1n})
    assert.deepEqual(bucketRange(-3), {low: -7n, high: -4n})
  })

  it('look for the sign only where there is one', () => {
    const unsigned = log2Bucket(bt`arg0`, false)
      .toString()
      .split('\n')
    assert.deepEqual(unsigned.slice(0, 3), [
      '$bucket = (int64)0;',
      '$rest = arg0;',
      'if ($rest >= 4294967296) { $bucket = $bucket + 32; $rest = $rest >> 32; }',
    ])
    assert.equal(unsigned.at(-1), 'if ($rest >= 2) { $bucket = $bucket + 1; }')
    const signed = log2Bucket(bt`(int64)arg0`, true)
      .toString()
      .split('\n')
    assert.deepEqual(signed.slice(1, 4), [
      '$value = (int64)arg0;',
      '$rest = (uint64)$value;',
      'if ($value < 0) { $rest = (uint64)(0 - $value); }',
    ])
    assert.equal(signed.at(-1), 'if ($value < 0) { $bucket = -1 - $bucket; }')
  })
})
