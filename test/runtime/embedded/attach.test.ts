import assert from 'node:assert/strict'
import {readdirSync} from 'node:fs'
import {setImmediate} from 'node:timers/promises'
import koffi from 'koffi'
import {helpers, mapTypes, ringFlags} from '#src/engine/backend/embedded/helpers.js'
import type {Batch, Loaded} from '#src/engine/backend/embedded/loaded.js'
import {functionTypeId} from '#src/engine/kernel/btf.js'
import {onlineCpus} from '#src/engine/kernel/cpus.js'
import {counted, deafToOpens, during, openat, openMissing, tellsMisses} from '../../support/embedded.js'
import {functionOffset, libraryPath} from '../../support/library.js'
import {skipWithout} from '../../support/skip.js'
import {
  count,
  counter,
  countKey,
  firstOwn,
  globals,
  numbers,
  objectFile,
  onlyFor,
  output,
  program,
  send,
} from '../../support/objectfile.js'

const many = 23
const libc = koffi.load('libc.so.6')
const getppid = libc.func('int getppid()') as () => number
const getuid = libc.func('int getuid()') as () => number

describe('a program of the embedded engine', () => {
  it('sends records from a tracepoint', async () => {
    const object = objectFile([
      program(openat, (a) =>
        onlyFor(a, process.pid, () => {
          const other = a.label('another path')
          for (let at = -32; at < 0; at += 8) a.store(8, 'r10', at, 0)
          a.load(8, 'r3', 'r6', 24)
          a.move('r1', 'r10')
          a.alu64('+', 'r1', -32)
          a.move('r2', 32)
          a.call(helpers.probe_read_user_str)
          a.load(8, 'r1', 'r10', -32)
          a.constant('r2', Buffer.from('/missing').readBigInt64LE())
          a.jumpIf('r1', '!=', 'r2', other)
          output(a, -32, 32)
          a.here(other)
        }),
      ),
    ])
    const paths: string[] = []
    await during(object, (loaded) => {
      loaded.records(({bytes, count: records, starts, lengths}: Batch) => {
        for (let index = 0; index < records; index++) {
          const start = starts[index] ?? 0
          assert.equal(lengths[index], 32)
          const text = Buffer.from(bytes.subarray(start, start + 32)).toString()
          paths.push(text.slice(0, text.indexOf('\0')))
        }
      })
      for (let n = 0; n < many; n++) openMissing(`/missing-${n}`)
      openMissing('/other')
      assert.equal(loaded.drain(), many)
    })
    assert.deepEqual(
      paths,
      Array.from({length: many}, (_, n) => `/missing-${n}`),
    )
  })

  it('runs BEGIN first and END last, and both once', async () => {
    const object = objectFile([
      program({kind: 'end'}, (a) => send(a, 3)),
      program({kind: 'begin'}, (a) => send(a, 1)),
      program(openat, (a) => onlyFor(a, process.pid, () => send(a, 2))),
    ])
    const came: number[] = []
    await during(object, async (loaded) => {
      loaded.records((batch) => came.push(...numbers(batch)))
      openMissing('/missing')
      loaded.end()
      openMissing('/missing')
      loaded.end()
      loaded.drain()
      await loaded.detach()
    })
    assert.deepEqual(came, [1, 2, 3])
  })

  it('attaches nothing when BEGIN has ended the program', async () => {
    const object = objectFile(
      [
        program({kind: 'begin'}, (a) => {
          a.mapValue('r1', globals)
          a.store(4, 'r1', 0, 1)
        }),
        program(openat, (a) => onlyFor(a, process.pid, () => count(a, firstOwn))),
      ],
      [counter('opens')],
    )
    await during(object, (loaded) => {
      openMissing('/missing')
      assert.equal(counted(loaded), 0)
    })
  })

  it('counts calls of a function of the C library', async () => {
    const path = libraryPath('libc.so.6')
    const offset = functionOffset(path, 'getppid')
    for (const kind of ['uprobe', 'uretprobe'] as const) {
      const object = objectFile(
        [program({kind, path, offsets: [offset]}, (a) => onlyFor(a, process.pid, () => count(a, firstOwn)))],
        [counter('calls')],
      )
      await during(object, (loaded) => {
        for (let n = 0; n < many; n++) getppid()
        assert.equal(counted(loaded), many, kind)
      })
    }
  })

  it('counts calls of several functions, of one process or all', async () => {
    const path = libraryPath('libc.so.6')
    const offsets = ['getppid', 'getuid'].map((name) => functionOffset(path, name))
    for (const process_ of [{}, {pid: process.pid}]) {
      const object = objectFile(
        [
          program({kind: 'uprobe', path, offsets, ...process_}, (a) =>
            onlyFor(a, process.pid, () => count(a, firstOwn)),
          ),
        ],
        [counter('calls')],
      )
      await during(object, (loaded) => {
        for (let n = 0; n < many; n++) getppid()
        getuid()
        assert.equal(counted(loaded), many + 1)
        assert.deepEqual(loaded.refused, [])
      })
    }
  })

  it('takes samples on every CPU, and one interval after the other', async () => {
    const samples = {
      name: 'samples',
      type: mapTypes.perCpuArray,
      keySize: 4,
      valueSize: 8,
      entries: 1,
      flags: 0,
    }
    const object = objectFile(
      [
        program({kind: 'profile', frequency: 97}, (a) => {
          a.move('r7', 0)
          countKey(a, firstOwn, 4)
        }),
        program({kind: 'interval', nanoseconds: 20_000_000n}, (a) => send(a, 7, ringFlags.forceWakeup)),
      ],
      [samples],
    )
    // A virtual CPU may be woken late, even for a timer: so long as it takes, which the time limit of the test ends.
    const sampled = (loaded: Loaded): boolean => onlineCpus().every((cpu) => samplesOn(loaded, cpu) >= many)
    const samplesOn = (loaded: Loaded, cpu: number): number =>
      Number(loaded.readMap(firstOwn).values.readBigUInt64LE(cpu * 8))
    await during(object, async (loaded) => {
      const came: number[] = []
      await new Promise<void>((resolve) => {
        loaded.records((batch) => {
          came.push(...numbers(batch))
          if (came.length >= many && sampled(loaded)) resolve()
        })
      })
      assert.ok(came.every((number) => number === 7))
      // Two samples to an interval, which is on the first CPU. Where a CPU is woken late, one of each is left.
      const samples = samplesOn(loaded, onlineCpus()[0] ?? 0)
      assert.ok(samples > 0.8 * came.length, `${samples} samples, ${came.length} intervals`)
      assert.ok(samples < 3 * came.length, `${samples} samples, ${came.length} intervals`)
    })
  })

  it('counts page faults', async () => {
    const object = objectFile(
      [
        program({kind: 'software', type: 1, config: 2, period: 1}, (a) =>
          onlyFor(a, process.pid, () => count(a, firstOwn)),
        ),
      ],
      [counter('faults')],
    )
    await during(object, (loaded) => {
      const before = counted(loaded)
      // So much that it is new memory, also where pages are large.
      Buffer.alloc(many * (2 << 20), 1)
      assert.ok(counted(loaded) - before >= many)
    })
  })

  it('sees system calls by a raw tracepoint', async () => {
    const object = objectFile(
      [
        program({kind: 'rawtracepoint', name: 'sys_enter'}, (a) =>
          onlyFor(a, process.pid, () => {
            const other = a.label('another call')
            a.load(8, 'r1', 'r6', 8)
            a.jumpIf('r1', '!=', process.arch === 'arm64' ? 173 : 110, other)
            count(a, firstOwn)
            a.here(other)
          }),
        ),
      ],
      [counter('calls')],
    )
    await during(object, (loaded) => {
      for (let n = 0; n < many; n++) getppid()
      assert.equal(counted(loaded), many)
    })
  })

  it('goes over all threads', async () => {
    const typeId = functionTypeId('bpf_iter_task')
    assert.ok(typeId !== undefined)
    const object = objectFile(
      [
        program({kind: 'iter', target: 'task', typeId}, (a) => {
          const last = a.label('the last')
          a.load(8, 'r1', 'r6', 8)
          a.jumpIf('r1', '==', 0, last)
          count(a, firstOwn)
          a.here(last)
        }),
      ],
      [counter('tasks')],
    )
    const threads = readdirSync('/proc/self/task').length
    await during(object, (loaded) => assert.ok(counted(loaded) > threads))
  })

  it('is detached from hundreds of places', async () => {
    const each = program({kind: 'interval', nanoseconds: 10_000_000n}, (a) => count(a, firstOwn))
    const object = objectFile(Array<typeof each>(301).fill(each), [counter('ticks')])
    await during(objectFile([each], [counter('ticks')]), counted)
    const open = (): number => readdirSync('/proc/self/fd').length
    const before = open()
    await during(object, async (loaded) => {
      while (counted(loaded) === 0) await setImmediate()
      assert.ok(open() > before + 301)
    })
    assert.equal(open(), before)
  })

  it('knows of events that found a program running already', async function () {
    skipWithout(this, 'counts of missed events (Linux 6.7)', tellsMisses())
    await during(deafToOpens(), (loaded) => {
      assert.equal(loaded.misses(), 0)
      for (let n = 0; n < many; n++) openMissing()
      process.kill(process.pid, 'SIGURG')
      assert.deepEqual([counted(loaded), loaded.misses()], [1, many])
      loaded.silence()
      openMissing()
      assert.equal(loaded.misses(), many)
    })
  })
})
