import {Mistake} from '../mistake.js'
import type {Enumeration, Expression, Member, Structure, TypeName} from './ast.js'
import type {Reader} from './reader.js'
import type {ExpressionParser} from './expression.js'
import {parseLengths, parseTypeName} from './typename.js'

/** `struct name { ... };`, of which the words `struct name` come next: those that are described in it, then itself. */
export function parseStructure(reader: Reader): Structure[] {
  const structures: Structure[] = []
  parseBody(reader, structures)
  reader.takeSign(';')
  return structures
}

/** `struct name { ... }` or, in another structure, `struct { ... }`; gives the type. */
function parseBody(reader: Reader, structures: Structure[]): TypeName {
  const start = reader.next()
  const tag = reader.text.slice(start.from, start.to)
  // Nothing that a program can write.
  const name = reader.isSign('{') ? `at ${start.from}` : reader.expectWord('the name of a structure').text
  reader.expectSign('{')
  const members: Member[] = []
  while (!reader.takeSign('}')) members.push(...parseMembers(reader, structures))
  const place = reader.since(start)
  structures.push({name: `${tag} ${name}`, isUnion: tag === 'union', members, place})
  return {words: [tag, name], pointers: 0, lengths: [], place}
}

/** `unsigned char a, *b, c[4];`, and structures within, with a name and without. */
function parseMembers(reader: Reader, structures: Structure[]): Member[] {
  const type = isDescribed(reader) ? parseBody(reader, structures) : parseTypeName(reader)
  // The members of one without a name are those of the structure around.
  if (reader.takeSign(';')) return [{name: '', type}]
  const members: Member[] = []
  let {pointers} = type
  do {
    while (reader.takeSign('*')) pointers++
    if (reader.isSign('(')) members.push(parseFunctionPointer(reader))
    else {
      const {text: name} = reader.expectWord('the name of a member')
      const lengths = parseLengths(reader)
      const bits = reader.takeSign(':') ? reader.next() : undefined
      if (bits !== undefined && bits.kind !== 'number') throw new Mistake('expected how many bits', bits)
      members.push({
        name,
        type: {...type, pointers, lengths},
        ...(bits?.kind === 'number' && {bits: Number(bits.value)}),
      })
    }
    pointers = 0
  } while (reader.takeSign(','))
  reader.expectSign(';')
  return members
}

/** Whether a structure is described here, and not only named. */
function isDescribed(reader: Reader): boolean {
  if (!reader.isWord('struct', 'union')) return false
  const next = reader.peek()
  return next.kind === 'sign' || reader.text.slice(next.to).trimStart().startsWith('{')
}

/** `(*name)(int, char *)`, what comes behind the type that the function returns. */
function parseFunctionPointer(reader: Reader): Member {
  const start = reader.token
  reader.expectSign('(')
  reader.expectSign('*')
  const {text: name} = reader.expectWord('the name of a member')
  const lengths = parseLengths(reader)
  reader.expectSign(')')
  reader.expectSign('(')
  for (let open = 1; open > 0;) {
    const token = reader.next()
    if (token.kind === 'end') throw new Mistake('expected a closing parenthesis', token)
    if (token.kind === 'sign') open += token.text === '(' ? 1 : token.text === ')' ? -1 : 0
  }
  return {name, type: {words: ['void'], pointers: 1, lengths, place: reader.since(start)}}
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
