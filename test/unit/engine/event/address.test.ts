import assert from 'node:assert/strict'
import {isIPv6} from 'node:net'
import fc from 'fast-check'
import {addressText, endpointText} from '#src/engine/event/address.js'

const inet = 2
const inet6 = 10

/** The two numbers in which a program sends 16 bytes. */
function halves(bytes: Buffer): [bigint, bigint] {
  const half = (at: number): bigint =>
    (BigInt(bytes.readUInt32LE(at)) << 32n) | BigInt(bytes.readUInt32LE(at + 4))
  return [half(0), half(8)]
}

const ipv6 = (hex: string): string =>
  addressText(inet6, ...halves(Buffer.from(hex.replaceAll(' ', ''), 'hex')))

describe('addressText', () => {
  it('writes IPv4 from the last word, whatever is in the others', () => {
    assert.equal(addressText(inet, 0n, 0x0100007fn), '127.0.0.1')
    assert.equal(addressText(inet, 0n, 0xffffffffn), '255.255.255.255')
    assert.equal(addressText(inet, 7n, (1n << 32n) | 0xc8a8c0n), '192.168.200.0')
  })

  it('takes numbers that came as signed ones', () => {
    assert.equal(addressText(inet, 0n, -1n), '255.255.255.255')
    assert.equal(addressText(inet6, -1n, -1n), Array(8).fill('ffff').join(':'))
  })

  it('shortens the first of the longest runs of zeros, and no single zero', () => {
    for (const [hex, text] of [
      ['0000 0000 0000 0000 0000 0000 0000 0000', '::'],
      ['0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
      ['fe80 0000 0000 0000 0000 0000 0000 0000', 'fe80::'],
      ['2001 0db8 0000 0000 0001 0000 0000 0001', '2001:db8::1:0:0:1'],
      ['2001 0db8 0000 0001 0001 0001 0001 0001', '2001:db8:0:1:1:1:1:1'],
      ['2001 0000 0000 0001 0000 0000 0000 0001', '2001:0:0:1::1'],
      ['0000 0000 0000 0000 0000 ffff 7f00 0001', '::ffff:127.0.0.1'],
      ['0001 0000 0000 0000 0000 ffff 7f00 0001', '1::ffff:7f00:1'],
    ] as const)
      assert.equal(ipv6(hex), text)
  })

  it('writes what a URL makes of the same address', () => {
    const word = fc.oneof(fc.constant(0), fc.integer({min: 0, max: 0xffff}))
    fc.assert(
      fc.property(fc.array(word, {minLength: 8, maxLength: 8}), (words) => {
        const bytes = Buffer.alloc(16)
        words.forEach((value, index) => bytes.writeUInt16BE(value, index * 2))
        const text = addressText(inet6, ...halves(bytes))
        assert.ok(isIPv6(text), text)
        const long = words.map((value) => value.toString(16)).join(':')
        const ofUrl = (address: string): string => new URL(`http://[${address}]/`).hostname
        assert.equal(ofUrl(text), ofUrl(long))
        // A URL has no mixed notation; everything else it writes in the same way.
        if (!text.includes('.')) assert.equal(`[${text}]`, ofUrl(long))
      }),
    )
  })
})

describe('endpointText', () => {
  it('puts IPv6 into brackets, so that the port is told apart', () => {
    assert.equal(endpointText('127.0.0.1', 443), '127.0.0.1:443')
    assert.equal(endpointText('::1', 443), '[::1]:443')
    assert.equal(endpointText('::ffff:127.0.0.1', 0), '[::ffff:127.0.0.1]:0')
  })
})
