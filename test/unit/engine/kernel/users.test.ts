import assert from 'node:assert/strict'
import {resolveUser} from '#src/engine/kernel/users.js'

describe('resolveUser', () => {
  it('takes names and numbers', async () => {
    assert.equal(await resolveUser('root', 'uid'), 0)
    assert.equal(await resolveUser('0', 'uid'), 0)
    assert.equal(await resolveUser('1000', 'uid'), 1000)
    assert.equal(await resolveUser('4294967295', 'uid'), 2 ** 32 - 1)
  })

  it('refuses everything else', async () => {
    for (const user of [
      '',
      'no-such-user',
      '-1',
      '4294967296',
      '1.5',
      'root\0',
      'root ',
      '0x0',
      '../root',
      ' 0',
    ])
      await assert.rejects(resolveUser(user, 'uid'), {
        name: 'UsageError',
        exitCode: 2,
        message: `--uid: there is no user '${user}' (give a user's name or a number from 0)`,
      })
  })
})
