import {baseType, baseWords, type CType, type KernelTypes, opaque, typedefs, unknown} from './ctype.js'
import type {Cursor} from './cursor.js'
import {didYouMean, type Place} from './slip.js'

/** A parameter of a function as its signature has it; one without a name only keeps its place. */
export interface Parameter {
  readonly name: string | undefined
  readonly type: CType
  readonly from: number
  readonly to: number
}

const qualifiers = new Set([
  ...['const', 'volatile', 'restrict', '__restrict', '__restrict__', '__const', '__volatile__', 'register'],
  ...['__user', '__kernel', '__iomem', '__rcu', '__percpu', '__force', 'static', 'inline', '_Atomic'],
])
const tags = new Set(['struct', 'union', 'enum'])

/** Whether a token begins the name of a type; `isVariable` says which names are variables, which go first. */
export function beginsType(
  cursor: Cursor,
  ahead: number,
  types: KernelTypes | undefined,
  isVariable: (name: string) => boolean,
): boolean {
  const token = cursor.peek(ahead)
  if (token.kind !== 'name' || token.text.startsWith('$')) return false
  const {text} = token
  if (qualifiers.has(text) || tags.has(text) || baseWords.has(text) || text === 'void') return true
  if (text === 'float' || text === 'double') return true
  return !isVariable(text) && (Object.hasOwn(typedefs, text) || types?.named(text) !== undefined)
}

/**
 * Takes the name of a type: words, then stars, as in `const char *`.
 * @throws UsageError with a caret for an unknown type (unless only pointed to) and for floating point.
 */
export function parseType(cursor: Cursor, types: KernelTypes | undefined): CType {
  return parseTypeAndName(cursor, types, {}).type
}

/** As `parseType`, also for structures: a type that is only measured. */
export function parseMeasuredType(cursor: Cursor, types: KernelTypes | undefined): CType {
  return parseTypeAndName(cursor, types, {takesStructures: true}).type
}

/** Takes a parameter: a type and a name, also of an array or of a pointer to a function. */
export function parseParameter(cursor: Cursor, types: KernelTypes | undefined): Parameter {
  return parseTypeAndName(cursor, types, {takesName: true})
}

function parseTypeAndName(
  cursor: Cursor,
  types: KernelTypes | undefined,
  {takesName = false, takesStructures = false},
): Parameter {
  const from = cursor.token.from
  const base = parseBase(cursor, types)
  let {user} = base
  let {type} = base
  let stars = 0
  for (;;) {
    if (cursor.take('*')) {
      stars++
      type = {kind: 'pointer', to: type}
    } else if (cursor.token.kind === 'name' && qualifiers.has(cursor.token.text)) {
      user ||= cursor.next().text === '__user'
    } else break
  }
  let name: string | undefined
  if (cursor.is('(') && cursor.peek(1).text === '*') {
    name = parseFunctionPointer(cursor)
    type = {kind: 'pointer', to: unknown('function')}
    stars = 1
  } else if (takesName && cursor.token.kind === 'name' && !cursor.token.text.startsWith('$')) {
    name = cursor.next().text
  }
  while (takesName && cursor.take('[')) {
    // As a parameter an array is a pointer to its first element.
    while (cursor.token.kind !== 'end' && !cursor.is(']')) cursor.next()
    cursor.expect(']', 'after the length of an array')
    type = {kind: 'pointer', to: type}
    stars++
  }
  const to = cursor.taken
  if (stars === 0 && !(takesStructures && type.kind === 'struct')) base.refuse()
  if (user && type.kind === 'pointer') type = {...type, user: true}
  return {name, type, from, to}
}

interface Base {
  readonly type: CType
  readonly user: boolean
  /** Throws if the type may only be pointed to. */
  readonly refuse: () => void
}

/** What stands before the stars. */
function parseBase(cursor: Cursor, types: KernelTypes | undefined): Base {
  let user = false
  const words: string[] = []
  let named: string | undefined
  const {from} = cursor.token
  let place = {from, to: from}
  while (cursor.token.kind === 'name') {
    const {text} = cursor.token
    if (qualifiers.has(text)) user ||= text === '__user'
    else if (baseWords.has(text) && named === undefined) words.push(text)
    else if (words.length === 0 && named === undefined && !text.startsWith('$')) {
      const begin = cursor.token.from
      named = tags.has(text) ? `${cursor.next().text} ${tagName(cursor, text)}` : text
      place = {from: begin, to: cursor.token.to}
    } else break
    if (words.length > 0) place = {from: place.from, to: cursor.token.to}
    cursor.next()
  }
  if (named !== undefined) return namedType(cursor, types, named, user, place)
  if (words.length === 0) throw cursor.unexpected('a type', 'such as int, u64, char* or struct file *.')
  const type = baseType(words)
  if (type === undefined) throw cursor.error(`'${words.join(' ')}' is not a type of C`, place)
  return {type, user, refuse: () => undefined}
}

function tagName(cursor: Cursor, tag: string): string {
  if (cursor.token.kind === 'name' && !cursor.token.text.startsWith('$')) return cursor.token.text
  throw cursor.unexpected(`a name after '${tag}'`)
}

function namedType(
  cursor: Cursor,
  types: KernelTypes | undefined,
  name: string,
  user: boolean,
  place: Place,
): Base {
  const fail = (message: string, hint?: string) => () => {
    throw cursor.error(message, place, hint)
  }
  if (name === 'float' || name === 'double')
    return {type: unknown(name), user, refuse: fail(`${name} values cannot be traced`, floatHint)}
  if (name === 'void') return {type: opaque, user, refuse: fail('void has no value', 'a pointer is void *.')}
  const type = Object.hasOwn(typedefs, name) ? typedefs[name] : types?.named(name)
  if (type === undefined) {
    const known = new Set(
      [...Object.keys(typedefs), ...baseWords, ...(types?.names() ?? [])].filter(
        (each) => each.includes(' ') === name.includes(' '),
      ),
    )
    const near = didYouMean(name, known)
    const hint = near ?? (types === undefined ? noTypes : 'use a type of C or of the kernel, such as u64.')
    return {type: unknown(name), user, refuse: fail(`no type ${name}`, hint)}
  }
  const isValue = type.kind === 'int' || type.kind === 'pointer'
  const refuse = isValue
    ? () => undefined
    : fail(`${name} is a structure, not a value`, `a pointer to it is ${name} *.`)
  return {type, user, refuse}
}

const floatHint = 'leave a floating-point parameter out of the signature: it is not where the others are.'
const noTypes = 'this kernel does not describe its types (no BTF); use a type of C, such as u64.'

/** Takes `(*name)(...)` and gives the name. */
function parseFunctionPointer(cursor: Cursor): string | undefined {
  cursor.expect('(', 'before a pointer to a function')
  while (cursor.take('*'));
  const name = cursor.token.kind === 'name' ? cursor.next().text : undefined
  cursor.expect(')', 'after the name of a pointer to a function')
  const open = cursor.expect('(', 'before the parameters of a pointer to a function')
  for (let depth = 1; depth > 0;) {
    if (cursor.token.kind === 'end') throw cursor.error("this '(' is not closed", open)
    if (cursor.is('(')) depth++
    if (cursor.is(')')) depth--
    cursor.next()
  }
  return name
}
