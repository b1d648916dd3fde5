import {UsageError} from '../errors.js'
import {caretUnder} from './caret.js'
import {globToRegExp} from './glob.js'

/** A part of a pattern that stands for one name or more. */
export interface NamePattern {
  /** As it was typed. */
  readonly text: string
  readonly matches: (name: string) => boolean
}

/** What a user asked to trace. `text` is what was typed; it is shown, and never becomes part of a program. */
export type Pattern = {readonly text: string} & (
  | {readonly kind: 'kernel'; readonly name: NamePattern}
  | {readonly kind: 'user'; readonly target: string; readonly name: NamePattern}
  | {readonly kind: 'tracepoint'; readonly category: NamePattern; readonly event: NamePattern}
  | {
      readonly kind: 'usdt'
      readonly target: string
      /** Any, if not given. */
      readonly provider: NamePattern | undefined
      readonly name: NamePattern
    }
)

/** A part between colons, and where in the pattern it begins. */
interface Part {
  readonly text: string
  readonly column: number
}

/** The words of bpftrace for the kinds of probes, and how the same is said here. */
const bpftraceWords: Readonly<Record<string, string>> = {
  kprobe: 'vfs_read',
  kretprobe: 'vfs_read',
  fentry: 'vfs_read',
  fexit: 'vfs_read',
  kfunc: 'vfs_read',
  uprobe: 'c:malloc',
  uretprobe: 'c:malloc',
  tracepoint: 't:sched:sched_switch',
  usdt: 'u:c:setjmp',
}

const forms = 'give vfs_read, c:malloc, t:sched:sched_switch or u:c:setjmp; `*`, `?` and [a-z] match several'

/**
 * Reads a probe pattern, in BCC's grammar: `name` or `p::name` a kernel function; `target:name` or
 * `p:target:name` a function of a library, by its name or path, or of a program; `t:category:event` a tracepoint;
 * `u:target:name` or `u:target:provider:name` a USDT probe.
 *
 * @param regularExpressions whether names are regular expressions that must match whole, instead of globs
 * @throws UsageError with a caret under what is wrong
 */
export function parsePattern(text: string, {regularExpressions = false} = {}): Pattern {
  const fail: Fail = (column, message, hint = forms) => {
    throw new UsageError(message, {context: caretUnder(text, column), hint})
  }
  const parts = split(text, regularExpressions)
  const [first, second, third, fourth, fifth] = parts
  const name = (part: Part): NamePattern => namePattern(part, regularExpressions, fail)
  if (text === '') return fail(0, 'the probe pattern is empty')
  if (first === undefined || second === undefined)
    return {text, kind: 'kernel', name: name({text, column: 0})}

  const meant = Object.hasOwn(bpftraceWords, first.text) ? bpftraceWords[first.text] : undefined
  if (meant !== undefined) fail(0, `'${first.text}' is bpftrace's word, not ours`, `give it as ${meant}`)
  const kernel = first.text === 'p' && second.text === '' && third !== undefined
  const empty = parts.find((part) => part.text === '' && !(kernel && part === second))
  if (empty !== undefined) fail(empty.column, 'a part of the probe pattern is empty')

  if (third === undefined) return {text, kind: 'user', target: first.text, name: name(second)}
  const excess = first.text === 'u' ? fifth : fourth
  if (!['p', 't', 'u'].includes(first.text))
    fail(0, `'${first.text}' is no type of probe`, `the types are p, t and u: ${forms}`)
  if (excess !== undefined) {
    const about =
      first.text === 'p' ? 'C++ and Rust functions go by their mangled names: _ZN3foo3barEv' : forms
    fail(excess.column - 1, 'the probe pattern has too many parts', about)
  }
  if (first.text === 't') return {text, kind: 'tracepoint', category: name(second), event: name(third)}
  if (first.text === 'u') {
    const provider = fourth === undefined ? undefined : name(third)
    return {text, kind: 'usdt', target: second.text, provider, name: name(fourth ?? third)}
  }
  if (kernel) return {text, kind: 'kernel', name: name(third)}
  return {text, kind: 'user', target: second.text, name: name(third)}
}

type Fail = (column: number, message: string, hint?: string) => never

/** Cuts at colons; not at those inside of the brackets of a regular expression, such as `(?:a|b)`. */
function split(text: string, regularExpressions: boolean): Part[] {
  const parts: Part[] = []
  const tokens = regularExpressions ? /\\.|\[(?:\\.|[^\]\\])*\]|[():]/gs : /:/g
  let start = 0
  let depth = 0
  for (const {0: token, index} of text.matchAll(tokens)) {
    if (token === '(') depth++
    if (token === ')') depth--
    if (token !== ':' || depth > 0) continue
    parts.push({text: text.slice(start, index), column: start})
    start = index + 1
  }
  return [...parts, {text: text.slice(start), column: start}]
}

function namePattern({text, column}: Part, regularExpressions: boolean, fail: Fail): NamePattern {
  try {
    const expression = regularExpressions ? wholeExpression(text) : globToRegExp(text)
    return {text, matches: (name) => expression.test(name)}
  } catch (error) {
    if (!regularExpressions) return fail(column, 'a range in [...] runs backwards')
    const reason = (error as Error).message.replace(/^.*: /s, '').toLowerCase()
    return fail(column, `this is no regular expression: ${reason}`, 'without -r it is taken as a glob')
  }
}

function wholeExpression(text: string): RegExp {
  // Compiled alone: `a)|(b` must not become right by what is put around it.
  const {source} = new RegExp(text)
  return new RegExp(`^(?:${source})$`)
}
