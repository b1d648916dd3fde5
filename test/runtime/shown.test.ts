import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {copyFileSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Context} from 'mocha'
import {Machine} from '#src/engine/kernel/machine.js'
import {plans, type Plan, type Who} from '../peers/shown.js'
import {theCpu} from '../support/knownwork.js'
import {cgroupOf, mountNamespaceOf, type PinnedMap, PinnedMaps} from '../support/pinnedmap.js'
import {isAlive, Running} from '../support/processes.js'
import {inGuest, skipWithout} from '../support/skip.js'
import {deafServer} from '../support/tcp.js'
import {temporaryFolder} from '../support/temporary.js'

const root = join(import.meta.dirname, '../../..')
/** Where some of the command lines write to. */
const redirected = 'out.profile'

describe("command lines of BCC's documents", () => {
  const machine = new Machine()
  const folder = temporaryFolder()
  let hasKprobes = false
  let maps: PinnedMaps

  before(async () => {
    maps = await PinnedMaps.mount(folder.path)
    hasKprobes = (await machine.kprobe()).ok
    for (const name of ['mount', 'main']) copyFileSync('/bin/true', join(folder.path, name))
  })
  after(() => {
    maps.unmount()
    folder.remove()
  })

  for (const plan of plans()) {
    it(`${plan.tool} ${plan.args}`, async function () {
      if (plan.inKernel) skipWithout(this, 'kprobes', hasKprobes)
      const isWanted = !inGuest || (plan.inKernel && process.env['TSTRACE_COMMANDS'] === '1')
      skipWithout(
        this,
        'time: TSTRACE_COMMANDS=1 runs those that need kprobes, in a quarter of an hour',
        isWanted,
      )
      if (plan.program !== undefined) compile(this, join(folder.path, plan.program))
      if (plan.map === 'cgroup') skipWithout(this, 'cgroup v2', machine.cgroup2.length > 0)
      const map = plan.map && maps.create(`${plan.tool} ${plan.args}`.replaceAll(/\W/g, '_'))
      await check(plan, folder.path, machine, map)
    })
  }
})

const source = `
#include <stdio.h>
void os_open(void) __asm__("os.open");
void os_open(void) {}
void read_all(void) { os_open(); }
int main(void) {
  char line[16];
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  while (fgets(line, sizeof line, stdin)) { read_all(); puts("done"); }
}
`

function compile(context: Context, path: string): void {
  skipWithout(context, 'cc', spawnSync('cc', ['--version']).status === 0)
  execFileSync('cc', ['-O0', '-o', path, '-x', 'c', '-'], {input: source})
}

async function check(
  {tool, args, typed, program, outcome, ...plan}: Plan,
  folder: string,
  machine: Machine,
  map: PinnedMap | undefined,
): Promise<void> {
  const script = join(root, 'build/test/support/allround.js')
  // On the CPU that the command lines with -C name.
  const worker = new Running('taskset', ['-c', `${theCpu}`, process.execPath, script, folder], {cwd: folder})
  const other = program === undefined ? undefined : new Running(join(folder, program), [])
  try {
    const [pid = 0, target = 0] = (await worker.firstLine).split(' ').map(Number)
    await other?.firstLine
    map?.add(plan.map === 'cgroup' ? cgroupOf(pid) : mountNamespaceOf(pid))
    const who: Who = {pid, target, map: map?.path ?? '', ...(other && {program: other.pid})}
    const typedHere = typed(who, (name) => machine.function(name))
    writeFileSync(join(folder, redirected), '')
    const run = new Running(
      'sh',
      [
        '-c',
        `PATH=$PATH:${folder} exec "$0" "$1" ${tool} ${typedHere} ${args === '-h' ? '' : '--verbose'}`,
        process.execPath,
        join(root, 'bin/run.js'),
      ],
      {cwd: folder},
    )
    await Promise.race([run.written('tstrace: attached').catch(() => {}), run.outcome])
    if (isAlive(run.pid)) {
      if (tool === 'tcpretrans') await retransmit(run, outcome.shows(who))
      else {
        if (args.includes('submit_bio')) writeBlocks(folder)
        for (const each of [worker, other]) {
          each?.send(tool === 'profile' ? 'busy\n' : 'go\n')
          await each?.written('done\n')
        }
      }
      if (outcome.repeats === undefined) run.signal('SIGINT')
    }
    const {code, stdout, stderr} = await run.outcome
    const text = `${typedHere}\n${stdout}${readFileSync(join(folder, redirected), 'utf8')}\n${stderr}`
    assert.equal(code, outcome.code, text)
    assert.match(text, outcome.shows(who))
    if (outcome.lacks !== undefined) assert.doesNotMatch(stdout, outcome.lacks(who))
    if (outcome.repeats !== undefined) {
      const [times, of] = outcome.repeats
      assert.equal(stdout.match(new RegExp(of, 'gm'))?.length, times, text)
    }
  } finally {
    for (const each of [worker, other]) {
      each?.closeInput()
      await each?.outcome
    }
  }
}

/** Writes to a block device of its own; the machine may have no other. */
function writeBlocks(folder: string): void {
  const file = join(folder, 'blocks')
  writeFileSync(file, Buffer.alloc(2 ** 20))
  execFileSync('modprobe', ['loop'])
  const device = execFileSync('losetup', ['--find', '--show', file], {encoding: 'utf8'}).trim()
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${device}`, 'bs=4096', 'count=23', 'oflag=direct', 'status=none'])
  } finally {
    execFileSync('losetup', ['--detach', device])
  }
}

/** Until a segment that was sent again is shown; with `-c`, which shows nothing before the end, until some were sent. */
async function retransmit(run: Running, shown: RegExp): Promise<void> {
  const servers = (['127.0.0.1', '::1'] as const).map(deafServer)
  for (const {client} of servers) client.send('unheard')
  await Promise.race([
    run.until((stdout) => shown.test(stdout)).catch(() => {}),
    new Promise((resolve) => setTimeout(resolve, 3000)),
  ])
  for (const {close, client} of servers) {
    client.close()
    close()
  }
}
