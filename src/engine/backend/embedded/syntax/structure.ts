import {Mistake, unsupported} from '../mistake.js'
import type {Enumeration, Expression, Member, Structure} from './ast.js'
import type {Reader} from './reader.js'
import type {ExpressionParser} from './expression.js'
import {parseLengths, parseTypeName} from './typename.js'

/** `struct name { ... };`, of which the words `struct name` come next. */
export function parseStructure(reader: Reader): Structure {
  const start = reader.next()
  const isUnion = reader.text.slice(start.from, start.to) === 'union'
  const {text: name} = reader.expectWord('the name of a structure')
  reader.expectSign('{')
  const members: Member[] = []
  while (!reader.takeSign('}')) members.push(...parseMembers(reader))
  reader.takeSign(';')
  return {name: `${isUnion ? 'union' : 'struct'} ${name}`, isUnion, members, place: reader.since(start)}
}

/** `unsigned char a, *b, c[4];` */
function parseMembers(reader: Reader): Member[] {
  const first = reader.token
  const next = reader.peek()
  if (reader.isWord('struct', 'union') && next.kind === 'sign')
    throw unsupported('a structure without a name in a structure', first)
  const type = parseTypeName(reader)
  if (reader.isSign('{')) throw unsupported('a structure in a structure', first)
  const members: Member[] = []
  let {pointers} = type
  do {
    while (reader.takeSign('*')) pointers++
    if (reader.isSign('(')) throw unsupported('a pointer to a function in a structure', reader.token)
    const {text: name} = reader.expectWord('the name of a member')
    const lengths = parseLengths(reader)
    const bits = reader.takeSign(':') ? reader.next() : undefined
    if (bits !== undefined && bits.kind !== 'number') throw new Mistake('expected how many bits', bits)
    members.push({
      name,
      type: {...type, pointers, lengths},
      ...(bits?.kind === 'number' && {bits: Number(bits.value)}),
    })
    pointers = 0
  } while (reader.takeSign(','))
  reader.expectSign(';')
  return members
}

/** `enum name { A, B = 5 };` */
export function parseEnumeration(reader: Reader, expressions: ExpressionParser): Enumeration {
  reader.next()
  const name = reader.isSign('{') ? undefined : `enum ${reader.expectWord('the name of an enumeration').text}`
  reader.expectSign('{')
  const constants: [string, Expression][] = []
  let last: Expression | undefined
  while (!reader.takeSign('}')) {
    const {text: constant, ...place} = reader.expectWord('the name of a constant')
    let value: Expression
    if (reader.takeSign('=')) value = expressions.parse()
    else if (last === undefined) value = {kind: 'number', value: 0n, place}
    else value = {kind: 'binary', operator: '+', left: last, right: {kind: 'number', value: 1n, place}, place}
    constants.push([constant, value])
    last = value
    if (!reader.takeSign(',') && !reader.isSign('}')) throw reader.unexpected('a comma')
  }
  reader.takeSign(';')
  return {name, constants}
}
