import assert from 'node:assert/strict'
import {withChild} from '#src/engine/backend/bpftrace/script.js'

describe('withChild', () => {
  it('puts the number in the place of cpid, and of nothing else', () => {
    const program =
      'BEGIN { printf("cpid \\" %d", cpid); /* cpid */ @cpid = $cpid; } // cpid\nuprobe:/bin/cpid:main'
    assert.equal(withChild(program, 23), program.replace(', cpid)', ', 23)'))
  })

  it('leaves a program without a command as it is', () => {
    assert.equal(withChild('BEGIN { print(cpid); }', 0), 'BEGIN { print(cpid); }')
  })
})
