import assert from 'node:assert/strict'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {shownCommands} from '../../peers/commands.js'
import {temporaryFolder} from '../../support/temporary.js'

describe("the command lines in BCC's documents", () => {
  const folder = temporaryFolder()
  after(() => folder.remove())

  it('are found after a prompt, without their comments, each once', () => {
    const examples = join(folder.path, 'usr/share/doc/bpfcc-tools/examples/doc')
    const pages = join(folder.path, 'usr/share/man/man8')
    for (const path of [examples, pages]) mkdirSync(path, {recursive: true})
    const text = [
      '# ./argdist -x',
      'argdist also has options: argdist -y',
      "    ./argdist -C 'p:c:fork()#forks' # a comment",
      "argdist -H 'one,",
      "  two' \\",
      '    -n 2',
    ]
    writeFileSync(join(examples, 'argdist_example.txt'), text.join('\n'))
    const page = [
      '.SH NAME',
      'argdist \\- text',
      '#',
      '.B argdist \\-x',
      '#',
      '.B argdist \\-C \\(aqa b\\(aq',
      '',
    ]
    writeFileSync(join(pages, 'argdist-bpfcc.8.gz'), gzipSync(page.join('\n')))
    assert.deepEqual(
      shownCommands(folder.path).map(({tool, args, from}) => [tool, args, from.join()]),
      [
        ['argdist', '-x', 'argdist_example.txt,argdist-bpfcc.8'],
        ['argdist', "-C 'p:c:fork()#forks'", 'argdist_example.txt'],
        ['argdist', "-H 'one, two' -n 2", 'argdist_example.txt'],
        ['argdist', "-C 'a b'", 'argdist-bpfcc.8'],
      ],
    )
  })
})
