import assert from 'node:assert/strict'
import {
  foldedStack,
  type Frame,
  frameText,
  profileLines,
  type Stack,
  stackcountLines,
} from '#src/engine/event/stack.js'
import {textFrom} from '#src/engine/event/text.js'

const kernel: Frame[] = [
  {address: 0xffffffff81234567n, name: 'vfs_read', offset: 0x15, module: 'kernel', kernel: true},
  {address: 0xffffffffc0001000n, name: 'nft_do_chain', offset: 0, module: 'nf_tables', kernel: true},
]
const user: Frame[] = [
  {address: 0x7f0000001010n, name: 'read', offset: 16, module: '/usr/lib/libc.so.6', kernel: false},
  {address: 0x7ffd00001000n, name: '[vdso]', offset: 2, module: '[vdso]', kernel: false},
  {address: 0x401000n, module: '/usr/bin/tool', kernel: false},
  {address: 0x10n, kernel: false},
]
const stack: Stack = {comm: 'tool', pid: 42, user, kernel}

describe('frames', () => {
  it('are shown with what is asked for', () => {
    const [first] = kernel
    assert.ok(first !== undefined)
    assert.equal(frameText(first), 'vfs_read')
    assert.equal(frameText(first, {offset: true}), 'vfs_read+0x15')
    assert.equal(frameText(first, {module: true}), 'vfs_read [kernel]')
    assert.equal(frameText(first, {annotations: true}), 'vfs_read_[k]')
    assert.equal(
      frameText(first, {address: true, offset: true, module: true, annotations: true}),
      'ffffffff81234567 vfs_read+0x15 [kernel]_[k]',
    )
  })

  it('of programs have no mark of the kernel, and short names of files', () => {
    assert.deepEqual(
      user.map((frame) => frameText(frame, {address: true, offset: true, module: true, annotations: true})),
      [
        '7f0000001010     read+0x10 [libc.so.6]',
        '7ffd00001000     [vdso]+0x2 [vdso]',
        '401000           [unknown] [tool]',
        '10               [unknown]',
      ],
    )
  })
})

describe('folded stacks', () => {
  it('go from the root to the leaf, the kernel last', () => {
    const folded = 'tool;[unknown];[unknown];[vdso];read;nft_do_chain;vfs_read'
    assert.equal(foldedStack(stack), folded)
    assert.equal(foldedStack(stack, {address: true}), folded)
    assert.equal(
      foldedStack(stack, {delimiter: true, annotations: true}),
      'tool;[unknown];[unknown];[vdso];read;-;nft_do_chain_[k];vfs_read_[k]',
    )
  })

  it('have the delimiter only between two halves', () => {
    const delimiter = true
    assert.equal(foldedStack({comm: 'a', kernel, user: []}, {delimiter}), 'a;nft_do_chain;vfs_read')
    assert.equal(foldedStack({comm: 'a', kernel}, {delimiter}), 'a;nft_do_chain;vfs_read')
    assert.equal(foldedStack({comm: 'a', user: user.slice(0, 1), kernel: []}, {delimiter}), 'a;read')
    assert.equal(
      foldedStack({comm: 'a', user: 'missed', kernel}, {delimiter}),
      'a;[Missed User Stack];nft_do_chain;vfs_read',
    )
    assert.equal(
      foldedStack({comm: 'a', user: 'missed', kernel: 'missed'}),
      'a;[Missed User Stack];[Missed Kernel Stack]',
    )
    assert.equal(foldedStack({comm: 'a', user: [], kernel: []}), 'a')
  })

  it('can be taken apart whatever the names are', () => {
    const odd: Frame = {address: 1n, name: 'JS:*f;g a b.js:1:2', offset: 0, kernel: false}
    assert.equal(foldedStack({comm: 'my; tool', user: [odd]}), 'my:_tool;JS:*f:g a b.js:1:2')
    assert.equal(
      foldedStack({comm: textFrom(Buffer.from('a\xff b', 'latin1')), user: [odd]}),
      'a\\xff_b;JS:*f:g a b.js:1:2',
    )
  })
})

describe('stacks in lines', () => {
  it('are as in profile', () => {
    assert.deepEqual(profileLines(stack, 23, {delimiter: true, offset: true}), [
      '    vfs_read+0x15',
      '    nft_do_chain+0x0',
      '    --',
      '    read+0x10',
      '    [vdso]+0x2',
      '    [unknown]',
      '    [unknown]',
      '    -                tool (42)',
      '        23',
      '',
    ])
  })

  it('are as in profile when a half is missed or not asked for', () => {
    assert.deepEqual(
      profileLines({comm: 'tool', pid: 42, kernel: 'missed', user: 'missed'}, 1n, {delimiter: true}),
      [
        '    [Missed Kernel Stack]',
        '    [Missed User Stack]',
        '    -                tool (42)',
        '        1',
        '',
      ],
    )
    assert.deepEqual(profileLines({comm: 'swapper/0', pid: 0, kernel: []}, 1), [
      '    -                swapper/0 (0)',
      '        1',
      '',
    ])
  })

  it('are as in stackcount', () => {
    assert.deepEqual(
      stackcountLines({comm: 'tool', kernel, user}, 23, {address: true, offset: true, delimiter: true}),
      [
        '  ffffffff81234567 vfs_read+0x15',
        '  ffffffffc0001000 nft_do_chain+0x0',
        '    --',
        '  7f0000001010     read+0x10',
        '  7ffd00001000     [vdso]+0x2',
        '  401000           [unknown]',
        '  10               [unknown]',
        '    23',
        '',
      ],
    )
    assert.deepEqual(stackcountLines({comm: 'tool', pid: 42, user: user.slice(0, 1)}, 5), [
      '  read',
      '    tool [42]',
      '    5',
      '',
    ])
  })
})
