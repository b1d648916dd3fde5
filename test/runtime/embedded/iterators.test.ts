import assert from 'node:assert/strict'
import {readdirSync} from 'node:fs'
import {Running, tstrace} from '../../support/processes.js'

/** Guests let a process open 4,096. */
const many = 2003
const holder = `
  for (let n = 0; n < ${many}; n++) require('node:fs').openSync('/dev/full')
  console.log('ready')
  process.stdin.resume()
`

const printed = async (program: string, ...flags: string[]): Promise<string> => {
  const {stdout, stderr, code} = await tstrace(['run', '--engine', 'embedded', '-q', ...flags, '-e', program])
    .outcome
  assert.equal(stderr, '')
  assert.equal(code, 0)
  return stdout.trim()
}

describe('iterators, with the embedded engine,', () => {
  it('go over each thread once, and end the run', async () => {
    const threads = readdirSync('/proc/self/task').length
    const program = `iter:task { @all = count(); if (ctx->task->tgid == ${process.pid}) { @own = count(); @of[ctx->task->tgid] = count(); } }`
    assert.match(await printed(program), new RegExp(`^@own: ${threads}$`, 'm'))
  })

  it(`go over ${many} open files with a ring that has room for few`, async () => {
    const holding = new Running('node', ['-e', holder])
    try {
      await holding.written('ready')
      const program = `iter:task_file /ctx->task->pid == ${holding.pid}/ { printf("%d %s\\n", ctx->fd, str(ctx->file->f_path.dentry->d_name.name)); }`
      const lines = (await printed(program, '--buffer-pages', '4')).split('\n')
      const fds = lines.filter((line) => line.endsWith(' full')).map((line) => Number(line.split(' ')[0]))
      assert.equal(fds.length, many)
      assert.equal(new Set(fds).size, many)
    } finally {
      holding.closeInput()
      await holding.outcome
    }
  })

  it('end with exit(), and run beside other probes', async () => {
    const program =
      'iter:task { @begun = 1; @ = count(); } interval:ms:1 /@begun/ { @later = 1; exit(); } END { printf("end\\n"); }'
    assert.match(await printed(program), /^end\n+@: \d+\n@begun: 1\n@later: 1$/)
    assert.equal(await printed('iter:task { @ = count(); exit(); }'), '@: 1')
  })
})
