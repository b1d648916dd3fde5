import {Mistake} from '../mistake.js'
import {Lexer} from '../syntax/lexer.js'
import {arity, type Call, given, literalText} from './arguments.js'
import type {Checker} from './checker.js'
import {bool} from './numbers.js'
import {literalInt} from './type.js'
import type {Value} from './tree.js'

/** What stands for a boolean on the command line, in small letters. */
const yes = new Set(['true', 'yes', 'on', '1'])
const no = new Set(['false', 'no', 'off', '0'])

/**
 * `getopt("name", default, "what it is for")`: what the command line says by `--name=value`, of the kind of the default. Without
 * a default it is a boolean, for which `--name` is enough.
 */
export function getopt(checker: Checker, call: Call): Value {
  arity(call, 1, 3)
  const {world} = checker
  const {place} = call
  const name = literalText(checker, call, 0)
  const usual: Value =
    call.args[1] === undefined
      ? {op: 'constant', value: 0n, type: bool, place}
      : checker.value(given(call, 1))
  if (usual.op !== 'constant' && usual.op !== 'literal')
    throw new Mistake('getopt() wants a number, a text, true or false here', given(call, 1).place)
  if (call.args[2] !== undefined) literalText(checker, call, 2)
  const [known, value] = [
    world.options.get(name),
    usual.op === 'literal' ? usual.bytes.toString() : usual.value,
  ]
  if (known !== undefined && known !== value)
    throw new Mistake(`--${name} has another default elsewhere: ${known}`, place)
  world.options.set(name, value)
  const said = world.context.options.get(name)
  if (said === undefined) return usual
  const expected = (what: string): Mistake =>
    new Mistake(
      said === true ? `--${name} wants ${what}` : `--${name} is ${JSON.stringify(said)}, not ${what}`,
      place,
    )
  if (usual.op === 'literal') {
    if (said === true) throw expected('a text')
    return checker.literal(Buffer.from(said), place)
  }
  if (usual.type.kind === 'int' && usual.type.isBool) {
    const word = said === true ? 'true' : said.toLowerCase()
    if (!yes.has(word) && !no.has(word)) throw expected('true or false')
    return {...usual, value: yes.has(word) ? 1n : 0n}
  }
  const number = said === true ? undefined : numberOf(said)
  if (number === undefined) throw expected('a number of 64 bits')
  return {op: 'constant', value: number, type: literalInt(number), place}
}

/** A number as in a program, such as 0x10, 1e6 or 5ms. */
function numberOf(text: string): bigint | undefined {
  const digits = text.replace(/^-/, '')
  try {
    const token = new Lexer(digits).token(0)
    if (token.kind !== 'number' || token.from > 0 || token.to < digits.length) return undefined
    if (digits === text) return token.value
    return token.value > 1n << 63n ? undefined : -token.value
  } catch (error) {
    if (error instanceof Mistake) return undefined
    throw error
  }
}
