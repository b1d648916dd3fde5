import type {Enumeration, Expression} from './ast.js'
import type {ExpressionParser} from './expression.js'
import type {Reader} from './reader.js'

/** `enum name { A, B = 5 }` */
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
  return {name, constants}
}
