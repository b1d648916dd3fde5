import assert from 'node:assert/strict'
import {isCandidates} from '#src/engine/complete/answer.js'
import {complete} from '#src/engine/complete/complete.js'
import {answerShell} from '#src/engine/complete/main.js'
import {PluginFolder} from '../../../support/plugins.js'
import {setEnvironment, temporaryFolder} from '../../../support/temporary.js'

/** The words that a line can go on with; the last word of the line is being typed. */
async function words(line: string): Promise<string[]> {
  const answer = await complete(line.split(' '))
  assert.ok(isCandidates(answer), JSON.stringify(answer))
  return answer.map(({word}) => word)
}

describe('complete', () => {
  it('knows every command, and what it is', async () => {
    const answer = await complete([''])
    assert.ok(isCandidates(answer))
    const opensnoop = answer.find(({word}) => word === 'opensnoop')
    assert.match(opensnoop?.text ?? '', /^Trace open\(\) calls/)
    for (const word of ['doctor', 'help', 'completion'])
      assert.ok(
        answer.some((each) => each.word === word),
        word,
      )
  })

  it('offers the flags that can still be given, letters after a single hyphen', async () => {
    assert.deepEqual(await words('opensnoop --pi'), ['--pid'])
    assert.deepEqual(await words('opensnoop -p 1 --pi'), [])
    assert.deepEqual(await words('opensnoop -f O_PATH --fl'), ['--flag-filter'])
    assert.ok((await words('opensnoop -')).includes('-x'))
    assert.ok(!(await words('opensnoop -xT -')).includes('-x'))
  })

  it('sees which value is typed, however the flag was given', async () => {
    const formats = ['table', 'json', 'csv']
    assert.deepEqual(await words('opensnoop --format '), formats)
    assert.deepEqual(await words('opensnoop -x --format '), formats)
    assert.deepEqual(
      await words('opensnoop --format='),
      formats.map((format) => `--format=${format}`),
    )
    assert.deepEqual(await words('opensnoop -xTu roo'), ['root'])
    assert.deepEqual(await words('opensnoop --source '), ['tracepoint', 'fentry', 'kprobe'])
  })

  it('offers folded stacks where there are stacks', async () => {
    assert.deepEqual(await words('profile --format '), ['table', 'json', 'csv', 'folded'])
    assert.deepEqual(await words('vfsstat --format f'), [])
  })

  it('offers processes where one is meant, and files to run', async () => {
    for (const line of ['opensnoop -p ', 'killsnoop -T ', 'killsnoop --tpid ', 'run -p '])
      assert.ok((await words(line)).includes(`${process.ppid}`), line)
    assert.equal(await complete(['run', '']), 'files')
    assert.equal(await complete(['run', '-c', '']), 'files')
    assert.deepEqual(await words('run --engine b'), ['bpftrace'])
  })

  it('offers the plugins that are installed where one is to be removed', async () => {
    const {path, remove} = temporaryFolder()
    const restore = setEnvironment({TSTRACE_DATA_DIR: path})
    try {
      assert.deepEqual(await words('plugins uninstall '), [])
      new PluginFolder(path).install('tstrace-plugin-some', {})
      assert.deepEqual(await words('plugins uninstall tst'), ['tstrace-plugin-some'])
      assert.deepEqual(await words('plugins inspect '), ['tstrace-plugin-some'])
    } finally {
      restore()
      remove()
    }
  })

  it('goes on after the last comma, with what the list does not have yet', async () => {
    assert.deepEqual(await words('killsnoop -s TERM,TE'), [])
    assert.deepEqual(await words('killsnoop -s TERM,HU'), ['TERM,HUP'])
    assert.deepEqual(await words('opensnoop --columns pid,pi'), [])
  })

  it('follows up a word that stands alone and is not whole', async () => {
    assert.deepEqual(await words('funccount c:malloc_us'), ['c:malloc_usable_size'])
    assert.deepEqual(await words('argdist -C p:c:malloc_us'), ['p:c:malloc_usable_size'])
  })

  it('leaves patterns that stand for several, and expressions, as they are', async () => {
    assert.deepEqual(await words('funccount vfs_*'), [])
    assert.deepEqual(await words('funccount -r vfs_'), [])
    assert.deepEqual(await words('argdist -C p:c:malloc(si'), [])
  })

  it('shows many names by how they begin', async () => {
    const found = await words('funccount p::s')
    assert.ok(found.length < 3000 && found.some((word) => word.endsWith('_')), `${found.length}`)
  })

  it('leaves the command after -- to the shell', async () => {
    assert.deepEqual(await complete(['opensnoop', '-x', '--', 'ls', '-']), {commandAt: 4})
    assert.deepEqual(await complete(['opensnoop', '--', '']), {commandAt: 3})
  })

  it('has nothing for a line that is wrong', async () => {
    for (const line of [
      'nosuch ',
      'opensnoop --nosuch=',
      'opensnoop nosuch ',
      'funccount nosuchlibrary:',
      'funccount t:../x',
    ])
      assert.deepEqual(await words(line), [])
  })
})

describe('answerShell', () => {
  it('gives bash what it would replace, with what it is only where it lists', async () => {
    const bash = (line: string, type: string): Promise<string> =>
      answerShell(['bash', line, `${line.length}`, ' :=', type])
    assert.equal(await bash('tstrace vfsstat --source=f', '9'), 'words\nfentry\n')
    assert.match(await bash('tstrace opensnoop --format', '63'), /^words\n--format\n$/)
    assert.match(await bash('tstrace opensnoop --for', '63'), /^words\n--format\n$/)
    assert.match(await bash('tstrace opensnoop --f', '63'), /\n--failed {2}\(Show failed opens only\.\)\n/)
    assert.equal(await bash('tstrace opensnoop -- ls', '9'), 'command\n')
  })

  it('looks at the line up to the cursor', async () => {
    assert.equal(await answerShell(['bash', 'tstrace opens -x', '13', ' ', '9']), 'words\nopensnoop\n')
  })

  it('gives zsh and fish the words with what they are', async () => {
    assert.match(await answerShell(['zsh', 'opens']), /^words\nopensnoop\tTrace open/)
    assert.equal(await answerShell(['fish', 'opensnoop', '--', 'ls']), 'command 3\n')
    assert.equal(
      await answerShell(['fish', 'vfsstat', '--source', "'fe"]),
      'words\nfentry\tThe functions of the VFS.\n',
    )
  })
})
