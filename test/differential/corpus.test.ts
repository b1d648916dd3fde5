import assert from 'node:assert/strict'
import {bpftraces} from '../support/bpftraces.js'
import {corpus} from './corpus.js'
import {differences} from './differences.js'
import {onBpftrace, onEmbedded, outputOf} from './run.js'

/** The formats are those of 0.23; the newest are not compared, as they write statistics and keys in other forms. */
const versions = (await bpftraces()).filter(({version}) => Number(version.split('.')[1]) < 24)

describe('the embedded engine says the same as bpftrace', () => {
  it('about 150 programs or more', () => assert.ok(corpus.length >= 150, `${corpus.length}`))

  for (const bpftrace of versions) {
    const {version} = bpftrace
    const minor = Number(version.split('.')[1])
    for (const each of corpus.filter(({since = 0}) => since <= minor)) {
      it(`${version}: ${each.about}: ${each.program.replaceAll('\n', ' ')}`, async () => {
        const [own, theirs] = [await outputOf(each, onEmbedded), await outputOf(each, onBpftrace(bpftrace))]
        const known = differences.find(
          (one) => each.program.includes(one.program) && one.versions.test(version),
        )
        if (known === undefined) assert.equal(own, theirs)
        else assert.notEqual(own, theirs, `no difference any more: ${known.why}`)
      })
    }
  }
})
