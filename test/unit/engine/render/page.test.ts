import assert from 'node:assert/strict'
import fc from 'fast-check'
import {Fragment, Page} from '#src/engine/render/page.js'

/** What is done to a page, and what it adds. */
type Step = {readonly add: (page: Page) => void; readonly text: string}

const anyText = fc.string({unit: 'binary', maxLength: 40})
const anyNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({min: -1000, max: 1000}),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 999_999_999, 1_000_000_000, 10, 99, 100),
)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  anyText.map((text) => ({add: (page: Page) => page.text(text), text})),
  anyText.map((text) => ({add: (page: Page) => page.copy(new Fragment(text)), text})),
  fc.nat(30).map((count) => ({add: (page: Page) => page.spaces(count), text: ' '.repeat(count)})),
  fc.tuple(anyNumber, fc.nat(20)).map(([number, width]) => {
    const text = number.toString().padStart(width)
    return {add: (page: Page) => assert.equal(page.decimal(number, width), text.length), text}
  }),
  // What was written before, taken up and written again.
  fc.tuple(anyText, anyNumber).map(([before, number]) => ({
    add: (page: Page) => {
      const from = page.length
      page.copy(new Fragment(before))
      page.decimal(number)
      const taken = new Fragment('of another length, before')
      taken.take(page, from)
      page.copy(taken)
    },
    text: `${before}${number}`.repeat(2),
  })),
)

describe('Page', () => {
  it('holds what was written to it, in its order', () => {
    fc.assert(
      fc.property(fc.array(anyStep), (steps) => {
        const page = new Page()
        for (const {add} of steps) add(page)
        assert.equal(
          Buffer.from(page.take()).toString(),
          Buffer.from(steps.map(({text}) => text).join('')).toString(),
        )
      }),
    )
  })

  it('grows, keeps what it has, and is empty when that was taken', () => {
    const page = new Page()
    const line = 'some bytes, none of four at a time'
    const lines = 10_007
    for (let at = 0; at < lines; at++) page.copy(new Fragment(line))
    assert.equal(Buffer.from(page.take()).toString(), line.repeat(lines))
    page.decimal(7)
    assert.equal(Buffer.from(page.take()).toString(), '7')
  })
})
