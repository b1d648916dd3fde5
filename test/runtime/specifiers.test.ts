import assert from 'node:assert/strict'
import {closeSync, openSync} from 'node:fs'
import {join} from 'node:path'
import {Machine} from '#src/engine/kernel/machine.js'
import {bt} from '#src/engine/program/bt.js'
import {bpftraces} from '../support/bpftraces.js'
import type {CallPlan} from '../support/libcalls.js'
import {mapsOf} from '../support/maps.js'
import {Running} from '../support/processes.js'
import {skipWithout} from '../support/skip.js'
import {compile, types} from '../support/specifiers.js'
import {temporaryFolder} from '../support/temporary.js'

const write = 'vfs_write(struct file *file, const char __user *buf, size_t count)'
const name = 'file->f_path.dentry->d_name.name'
const sleep = 'get_timespec64(struct timespec64 *ts, const struct __kernel_timespec __user *uts)'
const specifiers = [
  `p::${write}:u32,size_t,char*:file->f_flags & 3,count,buf:count == 5`,
  `p::${write}:char*:${name}:STRCMP("hello", buf)`,
  `r::${write}:size_t,char*:$entry(count),$entry(file)->f_path.dentry->d_name.name:$retval == 5 && $latency > 0`,
  `r::${write}:int:1:$retval < 0 && STRCMP("notes", $entry(file)->f_path.dentry->d_name.name)`,
  `p::${sleep}:long,s64:uts->tv_nsec,*((s64 *)uts)`,
]

describe('specifiers of functions of the kernel', () => {
  const folder = temporaryFolder()
  after(folder.remove)
  before(async function () {
    skipWithout(this, 'kprobe', (await new Machine().kprobe()).ok && types !== undefined)
  })

  it('read structures, memory of the process, and results', async () => {
    const [bpftrace] = await bpftraces()
    assert.ok(bpftrace)
    const sleeping = [0, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0]
    const plan: CallPlan = {
      calls: [
        {
          prototype: 'long write(int fd, const void *data, size_t size)',
          args: [2, [...Buffer.from('hello')], 5],
          times: 23,
        },
        {prototype: 'int nanosleep(const void *time, void *rest)', args: [sleeping, sleeping], times: 7},
      ],
    }
    const file = openSync(join(folder.path, 'notes'), 'w')
    const child = new Running(
      process.execPath,
      [join(import.meta.dirname, '../support/libcalls.js'), JSON.stringify(plan)],
      {stdio: ['pipe', 'pipe', file]},
    )
    closeSync(file)
    try {
      await child.firstLine
      // Its other threads have business of their own.
      const where = [bt`pid == ${child.pid} && tid == ${child.pid}`]
      const made = specifiers.map((source, index) => compile(source, {index, where}))
      const maps = await mapsOf(bpftrace, made.map(({text}) => text).join('\n'), async () => {
        child.send('go\n')
        await child.written('done')
      })
      const of = (map: string): Record<string, number> => (maps[map] ?? {}) as Record<string, number>
      assert.equal(of('@count0')['1,5,hello'], 23, JSON.stringify(maps))
      assert.deepEqual(of('@count1'), {notes: 23})
      assert.equal(of('@count2')['5,notes'], 23)
      assert.deepEqual(of('@count3'), {})
      assert.deepEqual(of('@count4'), {'17,0': 7})
    } finally {
      child.closeInput()
      await child.outcome
    }
  })
})
