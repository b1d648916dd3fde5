import {ProgramError} from '../../errors.js'
import {caretUnder} from '../../program/caret.js'
import {width} from './layout.js'
import {type Limit, limitBehind} from './limits.js'
import type {KernelProgram} from './object.js'

/** The kernel's verifier refused a program: a limit or a bug of the compiler. */
export class VerifierError extends ProgramError {
  /** The probe as the text names it. */
  readonly probe: string
  /** Where in the text of the program the refused instruction comes from. */
  readonly at: number | undefined
  /** What the program asks too much of; undefined if it should have been taken. */
  readonly limit: Limit | undefined
  /** All that the verifier said. */
  readonly log: string

  constructor(program: KernelProgram, log: string, {text, logLines = 0}: {text?: string; logLines?: number}) {
    const {reason, slot} = verdict(log)
    const at = slot === undefined ? undefined : place(program, slot)
    const line = text === undefined || at === undefined ? undefined : lineAt(text, at)
    const limit = limitBehind(reason)
    super(
      `the kernel refused the program of ${program.probe}` +
        `${line === undefined ? '' : `, for what line ${line.number} became`}: ` +
        (limit === undefined ? reason : `${limit.words} (${reason})`),
      {
        context: [...(line?.shown ?? []), ...lastLines(log, logLines)],
        hint: '`--engine bpftrace` runs it with bpftrace, where that is installed; `--verbose` shows what the kernel said',
      },
    )
    this.probe = program.probe
    this.at = at
    this.limit = limit
    this.log = log
  }
}

/**
 * What the verifier did not like, in its own words, and the slot of the instruction it was looking at. Its log ends with
 * that instruction, then one or more lines of reason, then figures (kernel/bpf/verifier.c). That a program is too large may
 * stand behind the instruction itself.
 */
export function verdict(log: string): {reason: string; slot: number | undefined} {
  const lines = logLines(log.replaceAll(/(?<=.)(BPF program is too large)/g, '\n$1')).filter(
    (line) => !/^(processed \d+ insns|verification time|stack depth) /.test(line),
  )
  const last = lines.findLastIndex((line) => instruction.test(line))
  const slot = instruction.exec(lines[last] ?? '')?.[1]
  const reason = lines
    .slice(last + 1)
    .filter((line) => !/^(\d+: R\d|from \d+ to |; |mark_precise)/.test(line))
    .join('; ')
  return {
    reason: reason === '' ? 'it does not say why' : reason,
    slot: slot === undefined ? undefined : Number(slot),
  }
}

/** Whether a log is there to its end. */
export function endsWithFigures(log: string): boolean {
  return /\nprocessed \d+ insns .*\n*$/.test(log.slice(-400))
}

const instruction = /^(\d+): \([0-9a-f]{2}\)/

/** Where in the text the instruction of a slot comes from, or else the last one before it that comes from somewhere. */
function place({instructions}: KernelProgram, slot: number): number | undefined {
  let at: number | undefined
  let next = 0
  for (const each of instructions) {
    if (next > slot) break
    at = each.at ?? at
    next += width(each)
  }
  return at
}

function lineAt(text: string, at: number): {number: number; shown: string[]} {
  const before = text.slice(0, at).split('\n')
  const line = text.split('\n')[before.length - 1] ?? ''
  return {number: before.length, shown: caretUnder(line, before.at(-1)?.length ?? 0)}
}

function lastLines(log: string, count: number): string[] {
  return count === 0 ? [] : logLines(log).slice(-count)
}

function logLines(log: string): string[] {
  return log.split('\n').filter((line) => line.trim() !== '')
}
