import assert from 'node:assert/strict'
import {Words} from '#src/engine/words.js'
import {stderrOf} from '../../support/stderr.js'

describe('Words', () => {
  const all = (words: Words): void => {
    words.important('important')
    words.important('important')
    words.hint('do it')
    words.hint('do it')
    words.detail('detail')
    assert.equal(words.warn('careful'), true)
    assert.equal(words.warn('careful'), false)
  }
  const always = 'tstrace: important\ntstrace: important\nHINT: do it\n'

  it('says hints and warnings once', async () => {
    const words = new Words({quiet: false, verbose: false})
    assert.equal(await stderrOf(() => all(words)), `${always}tstrace: careful\n`)
  })

  it('is quiet but for what is important', async () => {
    assert.equal(await stderrOf(() => all(new Words({quiet: true, verbose: false}))), always)
  })

  it('says details when asked to', async () => {
    const words = new Words({quiet: false, verbose: true})
    assert.equal(await stderrOf(() => all(words)), `${always}tstrace: detail\ntstrace: careful\n`)
  })
})
