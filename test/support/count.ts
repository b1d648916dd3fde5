import assert from 'node:assert/strict'
import {join} from 'node:path'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import {bt} from '#src/engine/program/bt.js'
import {programText} from '#src/engine/program/generate.js'
import type {Probe} from '#src/engine/program/probe.js'
import type {Bpftrace} from './bpftraces.js'
import {Running} from './processes.js'

/** A program that waits to be told to go, as those of `calls.ts` and the shell's `read`. */
export interface Job {
  readonly command: string
  readonly args: readonly string[]
}

/** Calls a C function so many times. */
export function calls(library: string, name: string, times: number, text?: string): Job {
  const args = [join(import.meta.dirname, 'calls.js'), library, name, times.toString()]
  return {command: process.execPath, args: text === undefined ? args : [...args, text]}
}

/**
 * How often each probe fires in a process while it does its work; in the order of the probes.
 * @param choose the probes, for the process that waits to be told to go
 */
export async function count(
  {path, version}: Bpftrace,
  choose: (pid: number) => readonly Probe[] | Promise<readonly Probe[]>,
  {command, args}: Job,
): Promise<number[]> {
  const worker = new Running(command, args)
  try {
    await worker.firstLine
    const probes = await choose(worker.pid)
    const program = programText(
      probes.map((each, index) => ({
        probes: [each],
        when: [bt`pid == $1`],
        body: bt`@[${index}] = count();`,
      })),
    )
    const dialect = dialectOf(version)
    const tracer = new Running(path, ['-f', 'json', ...dialect.options, '-', worker.pid.toString()], {
      env: {...process.env, ...dialect.environment(64, undefined)},
    })
    tracer.send(program)
    tracer.closeInput()
    await tracer.written('__BPFTRACE_NOTIFY_PROBES_ATTACHED')
    worker.send('go\n')
    await worker.written('done\n')
    tracer.signal('SIGTERM')
    // bpftrace 0.17 says that it is ready a moment before it listens to signals.
    const again = setInterval(() => tracer.signal('SIGTERM'), 300)
    const {stdout, stderr} = await tracer.outcome.finally(() => clearInterval(again))
    const map = stdout.split('\n').find((line) => line.startsWith('{"type": "map"'))
    assert.doesNotMatch(stderr, /ERROR: (?!Unknown error)/, stderr)
    const counts =
      map === undefined ? {} : (JSON.parse(map) as {data: {'@': Record<string, number>}}).data['@']
    return probes.map((_, index) => counts[index] ?? 0)
  } finally {
    worker.closeInput()
    await worker.outcome
  }
}
