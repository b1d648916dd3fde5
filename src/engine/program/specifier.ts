import {type CType, type IntType, type KernelTypes, type PointerType, s32, typeName} from './ctype.js'
import {Cursor} from './cursor.js'
import {type Expression, parseExpression} from './expression.js'
import {type Place, slip} from './slip.js'
import {type Parameter, parseParameter, parseType} from './typename.js'
import {isCharacter} from './value.js'

export type ProbeKind = 'p' | 'r' | 't' | 'u'

/** One captured value: an expression and the type it is shown as. */
export interface Capture extends Place {
  readonly expression: Expression
  readonly type: IntType | PointerType
  /** Whether the value is shown as a text: its type is `char *`, or it is `$COMM`. */
  readonly isText: boolean
  /** How it is called in the output: the expression as it was written, `$entry(x)` as `x`. */
  readonly shown: string
}

/** A specifier, understood as far as that goes without looking at what it traces. */
export interface Specifier {
  readonly source: string
  readonly kind: ProbeKind
  /** The library or program of a user function; empty for the kernel. The category of a tracepoint. */
  readonly library: string
  readonly libraryAt: Place
  readonly name: string
  readonly nameAt: Place
  /** undefined where the signature was left empty. */
  readonly parameters: readonly Parameter[]
  /** Empty where nothing but the calls is counted. */
  readonly captures: readonly Capture[]
  /** Whether the captures are the default. */
  readonly isDefault: boolean
  readonly filter: Expression | undefined
  /** What stands over the result: the label, or what BCC shows instead. */
  readonly label: string
}

/** What is made of the values: a table of counts (`-C`) or a histogram (`-H`). */
export type Purpose = 'count' | 'histogram'

const kinds: Record<ProbeKind, string> = {
  p: 'the entry of a function',
  r: 'its return',
  t: 'a tracepoint of the kernel',
  u: 'a USDT probe of a program',
}

const grammar =
  "the form is p:LIBRARY:FUNCTION(SIGNATURE):TYPES:EXPRESSIONS:FILTER#LABEL, as in 'p:c:malloc(size_t n):size_t:n'."

/**
 * Reads a specifier in the grammar of BCC's argdist, but with a real parser, so that strings may hold `:` and `#`, and
 * expressions `?:` and commas in parentheses.
 *
 * @throws UsageError with a caret under what is wrong
 */
export function parseSpecifier(source: string, purpose: Purpose, types: KernelTypes | undefined): Specifier {
  const {kind, library, libraryAt, name, nameAt, rest} = parseTarget(source)
  const cursor = new Cursor(source, rest)
  const parameters = parseSignature(cursor, kind, types)
  const variables = new Set(parameters.map((parameter) => parameter.name))
  const names = {types, isVariable: (each: string): boolean => variables.has(each) || each === 'args'}

  const declared =
    cursor.take(':') && !atEnd(cursor) ? parseList(cursor, () => parseDeclared(cursor, types)) : []
  const expressions = cursor.take(':') ? parseList(cursor, () => parseExpression(cursor, names)) : undefined
  const filter =
    expressions !== undefined && cursor.take(':') && !atEnd(cursor)
      ? parseExpression(cursor, names)
      : undefined
  if (!atEnd(cursor)) throw cursor.unexpected(expected(expressions, filter), hintAfter(cursor))

  // The token behind the last one stands where the label begins. Older documents of BCC begin it with `;`.
  const label = source.slice(cursor.token.from + 1).trim()
  const captures =
    expressions === undefined
      ? defaultCaptures(source, kind, purpose, declared, cursor.token)
      : pair(source, declared, expressions)
  if (purpose === 'histogram') checkHistogram(source, captures)
  const text = source.slice(0, cursor.token.from).trim()
  const fallback = purpose === 'histogram' ? (captures[0]?.shown ?? text) : text
  return {
    ...{source, kind, library, libraryAt, name, nameAt, parameters, captures, filter},
    isDefault: expressions === undefined,
    label: label === '' ? fallback : label,
  }
}

interface Target {
  readonly kind: ProbeKind
  readonly library: string
  readonly libraryAt: Place
  readonly name: string
  readonly nameAt: Place
  /** Where the signature begins, with its parenthesis. */
  readonly rest: number
}

/** The parts before the signature; they are no C, so that they are split as BCC does. */
function parseTarget(source: string): Target {
  const fail = (message: string, from: number, to: number, hint: string): Error =>
    slip(message, source, {from, to}, hint)
  const first = source.indexOf(':')
  const kindEnd = first < 0 ? source.length : first
  const kind = source.slice(0, kindEnd).trim()
  const kindList = Object.entries(kinds).map(([letter, meaning]) => `${letter} (${meaning})`)
  if (!Object.hasOwn(kinds, kind))
    throw fail(`'${kind}' is no kind of probe`, 0, kindEnd, `begin with ${kindList.join(', ')} and a colon.`)
  if (first < 0) throw fail("expected ':' after the kind of probe", source.length, source.length, grammar)
  const second = source.indexOf(':', first + 1)
  if (second < 0)
    throw fail(
      "expected ':' before the function",
      source.length,
      source.length,
      "for a function of the kernel, leave the library empty: 'p::vfs_read()'.",
    )
  const library = trimmed(source, first + 1, second)
  if (library.text === '' && (kind === 't' || kind === 'u')) {
    const what = kind === 't' ? 'the category of the tracepoint' : 'the library or program of the probe'
    throw fail(
      `expected ${what}`,
      first + 1,
      second,
      kind === 't' ? "as in 't:syscalls:sys_enter_openat()'." : grammar,
    )
  }
  const open = source.indexOf('(', second + 1)
  const stop = source.slice(second + 1).search(/[#\s(]/)
  const nameEnd = open < 0 ? (stop < 0 ? source.length : second + 1 + stop) : open
  const name = trimmed(source, second + 1, nameEnd)
  if (name.text === '') throw fail('expected the name of a function', second + 1, second + 2, grammar)
  const bad = /[*?[\]{}"'\\\s\p{C};,#=<>&|!$%^`]|(?<!:):(?!:)/u.exec(name.text.replace(/^\$/, ''))
  if (open < 0 || bad !== null) {
    const isPattern = bad !== null && /[*?[]/.test(bad[0])
    if (isPattern && open >= 0)
      throw fail(
        'a specifier names one function, not a pattern',
        name.from,
        name.to,
        'tstrace funccount and stackcount take patterns.',
      )
    const at = bad === null ? nameEnd : name.from + bad.index
    throw fail(
      "expected '(' after the name of the function",
      at,
      at + (bad?.[0].length ?? 0),
      `write ${name.text.slice(0, bad?.index)}(), with the parameters in the parentheses where they are needed.`,
    )
  }
  return {
    kind: kind as ProbeKind,
    library: library.text,
    libraryAt: library,
    name: name.text,
    nameAt: name,
    rest: open,
  }
}

function trimmed(source: string, from: number, to: number): Place & {text: string} {
  const text = source.slice(from, to)
  const begin = from + (text.length - text.trimStart().length)
  return {text: text.trim(), from: begin, to: begin + text.trim().length}
}

function parseSignature(
  cursor: Cursor,
  kind: ProbeKind,
  types: KernelTypes | undefined,
): readonly Parameter[] {
  const open = cursor.expect('(', 'before the parameters')
  if (cursor.take(')')) return []
  if (kind === 't' || kind === 'u') {
    const hint = kind === 't' ? 'its fields are args->field.' : 'its arguments are arg1, arg2 ...'
    throw cursor.error('this kind of probe has no signature', cursor.token, `write (); ${hint}`)
  }
  if (cursor.is('void') && cursor.peek(1).text === ')') {
    cursor.next()
    cursor.next()
    return []
  }
  const parameters: Parameter[] = []
  do {
    if (cursor.take('...')) break
    const parameter = parseParameter(cursor, types)
    const twin = parameters.find(({name}) => name !== undefined && name === parameter.name)
    if (twin !== undefined) throw cursor.error(`there are two parameters ${twin.name ?? ''}`, parameter)
    parameters.push(parameter)
  } while (cursor.take(','))
  if (cursor.token.kind === 'end') throw cursor.error("this '(' is not closed", open)
  cursor.expect(')', 'or a comma after a parameter')
  return parameters
}

interface Declared extends Place {
  readonly type: CType
}

function parseDeclared(cursor: Cursor, types: KernelTypes | undefined): Declared {
  const {from} = cursor.token
  const type = parseType(cursor, types)
  return {type, from, to: cursor.taken}
}

function parseList<T>(cursor: Cursor, parse: () => T): T[] {
  const list = [parse()]
  while (cursor.take(',')) list.push(parse())
  return list
}

const atEnd = (cursor: Cursor): boolean => cursor.token.kind === 'end'

function expected(expressions: unknown, filter: unknown): string {
  if (filter !== undefined) return 'the end of the filter'
  return expressions === undefined ? "':' and the types" : "a comma or ':'"
}

function hintAfter(cursor: Cursor): string | undefined {
  return cursor.is(':')
    ? 'the parts are PROBE:LIBRARY:FUNCTION(SIGNATURE):TYPES:EXPRESSIONS:FILTER.'
    : undefined
}

/** What is counted without an expression: what a function returned, or that something happened at all. */
function defaultCaptures(
  source: string,
  kind: ProbeKind,
  purpose: Purpose,
  declared: readonly Declared[],
  end: Place,
): readonly Capture[] {
  if (kind !== 'r') {
    if (purpose === 'count') return []
    throw slip('a histogram needs an expression', source, end, "as in 'p:c:malloc(size_t n):size_t:n'.")
  }
  // BCC reads an int whatever type is given here; the type that somebody wrote is the better guess.
  const [only = {type: s32, ...end}] = declared
  const expression = {kind: 'name', name: '$retval', from: end.from, to: end.from} as const
  return [captureOf(source, only, expression, 'retval')]
}

function pair(
  source: string,
  declared: readonly Declared[],
  expressions: readonly Expression[],
): readonly Capture[] {
  const count = (many: readonly unknown[], what: string): string =>
    many.length === 1 ? `1 ${what}` : `${many.length} ${what}s`
  if (declared.length !== expressions.length) {
    const surplus = expressions[declared.length] ?? declared[expressions.length] ?? {from: 0, to: 0}
    const message = `${count(declared, 'type')} for ${count(expressions, 'expression')}`
    throw slip(message, source, surplus, 'each expression has its type, as in int,char*:n,s.')
  }
  return expressions.map((expression, index) => {
    const type = declared[index]
    if (type === undefined) throw new Error('lists of the same length')
    return captureOf(source, type, expression, shownAs(source, expression))
  })
}

function captureOf(
  source: string,
  {type, from, to}: Declared,
  expression: Expression,
  shown: string,
): Capture {
  if (type.kind !== 'int' && type.kind !== 'pointer')
    throw slip(`${typeName(type)} is not a type of values`, source, {from, to})
  // BCC shows it as the text it is, whatever its type says.
  const isName = expression.kind === 'name' && expression.name === '$COMM'
  const isText = isName || (type.kind === 'pointer' && isCharacter(type.to))
  return {expression, type, isText, shown, from: expression.from, to: expression.to}
}

function shownAs(source: string, {from, to}: Place): string {
  return source.slice(from, to).replace(/\$entry\(\s*(\w+)\s*\)/g, '$1')
}

function checkHistogram(source: string, captures: readonly Capture[]): void {
  const [first, second] = captures
  if (second !== undefined)
    throw slip('a histogram has one expression', source, second, 'use -C for several, or one -H each.')
  if (first?.isText) {
    const hint = first.type.kind === 'pointer' ? 'use -C, or a type of integers.' : 'use -C.'
    throw slip('a histogram is of numbers, not of texts', source, first, hint)
  }
}
