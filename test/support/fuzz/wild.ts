import fc from 'fast-check'
import {
  actions,
  aggregations,
  binary,
  formats,
  functions,
  joined,
  names,
  numbers,
  pick,
  probes,
  texts,
  types,
} from './words.js'
import {typedClause} from './typed.js'

const {statement, expression} = fc.letrec<Record<'expression' | 'target' | 'statement' | 'block', string>>(
  (tie) => {
    const of = tie('expression')
    const target = tie('target')
    const args = joined(of, ', ', 3)
    const leaf = fc.oneof(pick(...numbers), pick(...texts), pick(...names), target)
    return {
      target: fc.oneof(
        {depthSize: 'small', withCrossShrink: true},
        pick('$a', '$b', '$t', '@', '@a', '@h', '@count'),
        fc.tuple(pick('@a', '@b', '@h'), joined(of, ', ', 2)).map(([map, key]) => `${map}[${key}]`),
      ),
      expression: fc.oneof(
        {depthSize: 'small', maxDepth: 5, withCrossShrink: true},
        leaf,
        fc.tuple(of, pick(...binary), of).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
        fc.tuple(pick('-', '!', '~', '*', '&', '+'), of).map(([operator, a]) => `${operator}(${a})`),
        fc.tuple(of, of, of).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
        fc.tuple(pick(...types), of).map(([type, a]) => `(${type})${a}`),
        fc
          .tuple(of, pick('.pid', '->comm', '->real_parent', '.filename', '->mask', '.0', '.1', '.nobody'))
          .map((parts) => parts.join('')),
        fc.tuple(of, of).map(([a, b]) => `${a}[${b}]`),
        fc.array(of, {minLength: 1, maxLength: 3}).map((parts) => `(${parts.join(', ')})`),
        fc.tuple(pick(...functions), args).map(([name, given]) => `${name}(${given})`),
        fc.tuple(target, pick('++', '--')).map((parts) => parts.join('')),
      ),
      block: joined(tie('statement'), ' ', 3).map((body) => `{ ${body} }`),
      statement: fc.oneof(
        {depthSize: 'small', maxDepth: 4, withCrossShrink: true},
        fc
          .tuple(target, pick('=', '=', '=', '+=', '-=', '*=', '<<=', '/='), of)
          .map((parts) => `${parts.join(' ')};`),
        fc
          .tuple(target, pick(...aggregations), args)
          .map(([to, name, given]) => `${to} = ${name}(${given});`),
        fc
          .tuple(pick(...formats), args)
          .map(([format, given]) => `printf(${format}${given && `, ${given}`});`),
        fc.tuple(pick(...actions), args).map(([name, given]) => `${name}(${given});`),
        of.map((a) => `${a};`),
        fc.tuple(of, tie('block'), tie('block')).map(([a, then, other]) => `if (${a}) ${then} else ${other}`),
        fc.tuple(of, tie('block')).map(([a, body]) => `while (${a}) ${body}`),
        fc.tuple(of, tie('block')).map(([a, body]) => `unroll (${a}) ${body}`),
        fc
          .tuple(pick('@a', '@b', '@h', '0..5', '$a..$b'), tie('block'))
          .map(([over, body]) => `for ($k : ${over}) ${body}`),
        pick('return;', 'break;', 'continue;', 'let $a;', 'let $b: uint8 = 5;', ';'),
      ),
    }
  },
)

const preambles = [
  '',
  '',
  'config = { max_strlen = 32; missing_probes = warn; }\n',
  '#define ANSWER 42\n',
  'struct pair { int a; char b[4]; };\n',
  'macro twice($x) { $x * 2 }\n',
  'let @a = lruhash(16);\n',
]

const clause = fc
  .tuple(
    fc.array(pick(...probes), {minLength: 1, maxLength: 2}),
    fc.option(expression, {nil: undefined, freq: 2}),
    joined(statement, ' ', 5),
  )
  .map(
    ([attached, predicate, body]) =>
      `${attached.join(', ')} ${predicate === undefined ? '' : `/${predicate}/ `}{ ${body} }`,
  )

const grammatical = fc
  .tuple(
    pick(...preambles),
    fc.array(fc.oneof(clause, {arbitrary: typedClause, weight: 9}), {minLength: 1, maxLength: 2}),
  )
  .map(([preamble, clauses]) => preamble + clauses.join('\n'))

/** A change at a place from 0 to 1 of a text: what is put in, for how many characters that go. */
const edit = fc.record({
  at: fc.double({min: 0, max: 1, noNaN: true}),
  out: fc.nat({max: 8}),
  in: pick(
    '',
    '',
    '(',
    ')',
    '{',
    '}',
    '"',
    '/',
    '@',
    '$',
    '0x',
    '->',
    ',',
    ';',
    "'",
    '\\',
    '/*',
    '\n',
    '\u{1f600}',
    '$1',
  ),
})

/** Programs of the language's grammar, of which many are wrong, and some with a few characters changed. */
export const wildPrograms: fc.Arbitrary<string> = fc
  .tuple(grammatical, fc.oneof({arbitrary: fc.constant([]), weight: 5}, fc.array(edit, {maxLength: 3})))
  .map(([text, edits]) =>
    edits.reduce((before, {at, out, in: inserted}) => {
      const from = Math.floor(at * before.length)
      return before.slice(0, from) + inserted + before.slice(from + out)
    }, text),
  )
