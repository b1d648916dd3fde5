import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {MachineError} from '#src/engine/errors.js'
import {Machine} from '#src/engine/kernel/machine.js'
import type {Found} from '#src/engine/kernel/probes/found.js'
import {resolvePattern} from '#src/engine/kernel/probes/resolve.js'
import {findTarget} from '#src/engine/kernel/probes/targets.js'
import {parsePattern} from '#src/engine/program/pattern.js'
import {probe, type Probe} from '#src/engine/program/probe.js'
import {type Bpftrace, bpftraces} from '../support/bpftraces.js'
import {calls, count, type Job} from '../support/count.js'
import {collected, probedCollections} from '../support/python.js'
import {inGuestsOnly, skipWithout} from '../support/skip.js'
import {temporaryFolder} from '../support/temporary.js'

const many = 23
const machine = new Machine()
const versions = await bpftraces()

const resolve = (text: string, regularExpressions = false): Promise<Found> =>
  resolvePattern(parsePattern(text, {regularExpressions}), machine, {limit: 500, limitFlag: '--max-probes'})

/** The counts of what a pattern stands for, by label. */
async function counts(bpftrace: Bpftrace, found: Found, job: Job): Promise<Record<string, number>> {
  const points = found.probes.map(({point}) => probe(point))
  const numbers = await count(bpftrace, () => points, job)
  return Object.fromEntries(found.probes.map(({label}, index) => [label, numbers[index] ?? 0]))
}

for (const bpftrace of versions) {
  describe(`probes of a pattern, with bpftrace ${bpftrace.version}, count`, () => {
    inGuestsOnly('a tracepoint', 'functions of the kernel', 'every function of the kernel')

    const folder = temporaryFolder()
    after(folder.remove)

    it('a tracepoint', async () => {
      const found = await resolve('t:syscalls:sys_enter_getppi[d]')
      assert.deepEqual(await counts(bpftrace, found, calls('', 'getppid', many)), {
        'syscalls:sys_enter_getppid': many,
      })
    })

    it('a function of the C library', async () => {
      const found = await resolve('c:getpp*')
      assert.deepEqual(await counts(bpftrace, found, calls('', 'getppid', many)), {getppid: many})
    })

    it('the code that an indirect function stands for', async function () {
      let found: Found | undefined
      try {
        found = await resolve('c:wcslen')
      } catch (error) {
        assert.ok(error instanceof MachineError)
      }
      skipWithout(this, 'symbols of the C library', found !== undefined)
      assert.deepEqual(found && (await counts(bpftrace, found, calls('', 'wcslen', many, 'text'))), {
        wcslen: many,
      })
    })

    it('a function of a library whose path has a space and quotes', async () => {
      const place = join(folder.path, 'a "quoted" place')
      mkdirSync(place)
      const library = join(place, 'libm copy.so')
      copyFileSync(findTarget('m').path, library)
      const found = await resolve(`${library}:j0`)
      assert.equal(found.probes.length, 1)
      assert.deepEqual(Object.values(await counts(bpftrace, found, calls(library, 'j0', many))), [many])
    })

    it('a function of a library that only the process sees, by its path and by its name', async function () {
      skipWithout(this, 'root', process.geteuid?.() === 0)
      const place = join(folder.path, 'own')
      mkdirSync(place)
      const setUp = `mount -t tmpfs none "$1" && cp "$2" "$1/libown.so.1" && ln -s "$1/libown.so.1" "$1/link" && shift 2 && exec "$@"`
      const {command, args} = calls(join(place, 'link'), 'j0', many)
      const job: Job = {
        command: 'unshare',
        args: ['--mount', 'sh', '-c', setUp, 'sh', place, findTarget('m').path, command, ...args],
      }
      for (const target of [join(place, 'link'), 'own']) {
        const paths: string[] = []
        const choose = async (pid: number): Promise<Probe[]> => {
          const options = {limit: 500, limitFlag: '--max-probes', pid}
          const {probes} = await resolvePattern(parsePattern(`${target}:j0`), machine, options)
          for (const {point} of probes) if (point.kind === 'uprobe') paths.push(point.path)
          assert.deepEqual(paths, [`/proc/${pid}/root${place}/libown.so.1`])
          return probes.map(({point}) => probe(point))
        }
        assert.deepEqual(await count(bpftrace, choose, job), [many])
      }
    })

    it('functions with odd names, of programs that move in memory and that do not', async function () {
      const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0
      skipWithout(this, 'a compiler', has('gcc') && has('objcopy'))
      for (const option of ['-pie', '-no-pie']) {
        const program = oddProgram(folder.path, option)
        const found = await resolve(`${program}:odd*`)
        const expected = Object.fromEntries(
          Object.values(oddNames).map((name, index) => [name, many + index]),
        )
        assert.deepEqual(await counts(bpftrace, found, {command: program, args: []}), expected)
      }
    })

    it('a USDT probe with a semaphore', async function () {
      const job = probedCollections(this)
      const found = await resolve(`u:${job.command}:python:gc__start`)
      assert.deepEqual(await counts(bpftrace, found, job), {gc__start: collected[0] + collected[1]})
    })

    it('functions of the kernel', async function () {
      skipWithout(this, 'kprobes', (await machine.kprobe()).ok)
      const found = await resolve('p::__(?:x64|arm64)_sys_getppid', true)
      assert.deepEqual(Object.values(await counts(bpftrace, found, calls('', 'getppid', many))), [many])
    })

    it('every function of the kernel that vfs_* matches can be attached', async function () {
      skipWithout(this, 'kprobes', (await machine.kprobe()).ok)
      const found = await resolve('vfs_[a-g]*')
      assert.ok(found.probes.length > 10)
      const seen = await counts(bpftrace, found, calls('', 'getppid', many))
      assert.equal(Object.keys(seen).length, found.probes.length)
    })
  })
}

/** Functions of C and the names that they get: as Rust, Go and clones of the compiler have. */
const oddNames: Readonly<Record<string, string>> = {
  a: 'odd',
  b: 'odd.part.0',
  c: 'odd$LT$T$GT$::new',
  d: 'odd.(*T).Method',
  e: 'odd "x" \\ y',
  f: 'odd*',
}

/** A program that, told to go, calls the first function `many` times, the next once more, and so on. */
function oddProgram(folder: string, option: string): string {
  const program = join(folder, `odd${option}`)
  const functions = Object.keys(oddNames)
  writeFileSync(
    `${program}.c`,
    `#include <stdio.h>
${functions.map((name) => `__attribute__((noinline, used)) void ${name}(void) { __asm__ volatile(""); }`).join('\n')}
int main(void) {
  puts("ready"); fflush(stdout); getchar();
  ${functions.map((name, index) => `for (int i = 0; i < ${many + index}; i++) ${name}();`).join('\n  ')}
  puts("done"); fflush(stdout); while (getchar() != EOF);
}
`,
  )
  execFileSync('gcc', ['-O1', option, '-o', program, `${program}.c`])
  const renames = Object.entries(oddNames).flatMap(([from, to]) => ['--redefine-sym', `${from}=${to}`])
  execFileSync('objcopy', [...renames, program])
  assert.ok(readFileSync(program).includes('odd.part.0'))
  return program
}
