import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import type {Bpftrace} from './bpftraces.js'
import {Running} from './processes.js'

/** The maps that were left when bpftrace ended, as it wrote them: counts by key, keys joined by commas. */
export type Maps = Readonly<Record<string, Readonly<Record<string, number>> | number>>

/**
 * Runs a program, does something when all its probes are attached, ends it, and gives its maps. A program that needs
 * nothing to be done ends by itself.
 * @param room bytes that a text may take
 */
export async function mapsOf(
  {path, version}: Bpftrace,
  program: string,
  during?: () => Promise<void>,
  room = 96,
): Promise<Maps> {
  const dialect = dialectOf(version)
  const env = {...process.env, ...dialect.environment(room, undefined)}
  const tracer = new Running(path, ['-f', 'json', ...dialect.options, '-e', program], {env})
  tracer.outcome.catch(() => {})
  let again: NodeJS.Timeout | undefined
  if (during !== undefined) {
    try {
      await tracer.written('__BPFTRACE_NOTIFY_PROBES_ATTACHED')
      await during()
    } finally {
      tracer.signal('SIGTERM')
      // 0.17 may not hear the first one.
      again = setInterval(() => tracer.signal('SIGTERM'), 1000)
    }
  }
  const {code, signal, stdout, stderr} = await tracer.outcome.finally(() => clearInterval(again))
  if (code !== 0) throw new Error(`bpftrace ${version} ended with ${code ?? signal}: ${stderr}\n${program}`)
  const messages = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as {type: string; data: Maps})
  return Object.assign({}, ...messages.filter(({type}) => type === 'map').map(({data}) => data)) as Maps
}
