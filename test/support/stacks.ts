import assert from 'node:assert/strict'
import {type Outcome, tstrace} from './processes.js'

/** A stack as `--json` writes it, with the names of its functions only, from the innermost outwards. */
export interface Counted {
  readonly pid?: number
  readonly comm?: string
  /** Not there if nobody asked for that half, null if it was not kept. */
  readonly kernel?: readonly (string | null)[] | null
  readonly user?: readonly (string | null)[] | null
  readonly count: number
}

export interface Profiled {
  readonly outcome: Outcome
  readonly stacks: readonly Counted[]
  /** The records of other types. */
  readonly others: readonly Record<string, unknown>[]
}

/** Runs a tool that counts stacks with `--json` from before `work` begins until it is done, then interrupts it. */
export async function stacksOf(
  args: readonly string[],
  work: () => Promise<unknown>,
  env: NodeJS.ProcessEnv = {},
): Promise<Profiled> {
  const tool = tstrace([...args, '--json'], {env: {...process.env, ...env}})
  await Promise.race([tool.firstLine, tool.outcome])
  await work()
  tool.signal('SIGINT')
  const outcome = await tool.outcome
  assert.equal(outcome.code, 0, outcome.stderr)
  return {outcome, ...stackRecords(outcome.stdout)}
}

/** The stacks of a `--json` output, and its other records. */
export function stackRecords(stdout: string): Pick<Profiled, 'stacks' | 'others'> {
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const isStack = ({type}: Record<string, unknown>): boolean => type === 'stack'
  return {
    stacks: records.filter(isStack).map((stack) => ({
      ...(stack as unknown as Counted),
      ...('kernel' in stack && {kernel: names(stack['kernel'])}),
      ...('user' in stack && {user: names(stack['user'])}),
    })),
    others: records.filter((record) => !isStack(record)),
  }
}

/** How often the stacks were there that fit. */
export function samples(stacks: readonly Counted[], fits: (stack: Counted) => boolean = () => true): number {
  return stacks.filter(fits).reduce((sum, {count}) => sum + count, 0)
}

/** Whether functions call each other on a stack, the innermost first. */
export function calls(half: Counted['user'], ...functions: readonly string[]): boolean {
  return `;${half?.join(';')};`.includes(`;${functions.join(';')};`)
}

function names(half: unknown): readonly (string | null)[] | null {
  return (half as null | never[]) && (half as {function: string | null}[]).map((frame) => frame.function)
}
