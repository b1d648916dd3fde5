import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {Running, tstrace} from '../../support/processes.js'
import {inGuestsOnly, skipWithout} from '../../support/skip.js'
import {temporaryFolder} from '../../support/temporary.js'
import {records} from '../../support/trace.js'
import {kernelIsSince} from '../../support/release.js'

/** More than a map of the kernel has room for if nobody says so, 4096. */
const threads = 5003

/** Has all threads wait in open() for a writer of the pipe, once it is told to. */
const source = `
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static const char *path;
static atomic_int begun;
static void *wait_in_open(void *unused) {
  begun++;
  open(path, O_RDONLY);
  return unused;
}
int main(int count, char **words) {
  path = words[1];
  int wanted = atoi(words[2]);
  pthread_t *all = calloc(wanted, sizeof *all);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 1 << 16);
  puts("ready");
  fflush(stdout);
  getchar();
  for (int each = 0; each < wanted; each++)
    if (pthread_create(&all[each], &small, wait_in_open, 0)) return 1;
  while (begun < wanted) usleep(1000);
  int writer = open(path, O_WRONLY);
  for (int each = 0; each < wanted; each++) pthread_join(all[each], 0);
  puts("done");
  return writer < 0;
}
`

describe('opensnoop with the embedded engine', () => {
  inGuestsOnly()

  it(`shows ${threads} opens that are under way at once`, async function () {
    const isNew = kernelIsSince('6.2')
    skipWithout(this, 'what the kernel keeps with a thread (Linux 6.2)', isNew)
    skipWithout(this, 'cc', spawnSync('cc', ['--version']).status === 0)
    const folder = temporaryFolder()
    try {
      const [program, pipe] = [join(folder.path, 'threads'), join(folder.path, 'pipe')]
      execFileSync('cc', ['-o', program, '-x', 'c', '-', '-pthread'], {input: source})
      execFileSync('mkfifo', [pipe])
      const work = new Running(program, [pipe, `${threads}`])
      await work.firstLine
      const tool = tstrace([
        'opensnoop',
        '--engine',
        'embedded',
        '--json',
        '-p',
        `${work.pid}`,
        '-f',
        'O_RDONLY',
      ])
      await tool.firstLine
      work.send('\n')
      await work.written('done\n')
      tool.signal('SIGINT')
      const {stdout, stderr} = await tool.outcome
      const {events, records: others} = records(stdout)
      assert.equal(events.filter(({path}) => path === pipe).length, threads, stderr)
      assert.equal(others['end']?.['lost'], 0)
    } finally {
      folder.remove()
    }
  })
})
