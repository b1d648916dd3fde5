import fc from 'fast-check'
import {pick} from './words.js'

/** Expressions of signed numbers without what versions of bpftrace disagree about: quotients and shifts of negative ones. */
const {number} = fc.letrec<{number: string}>((tie) => {
  const of = tie('number')
  return {
    number: fc.oneof(
      {depthSize: 'small', maxDepth: 4, withCrossShrink: true},
      fc.integer({min: -100_000, max: 100_000}).map((value) => (value < 0 ? `(${value})` : `${value}`)),
      pick('$a', '$b', '$c', '@x', '@y[1]', '@y[2]', '0x7fffffff', '4294967296'),
      fc
        .tuple(of, pick('+', '-', '*', '&', '|', '^'), of)
        .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      fc
        .tuple(of, pick('<', '<=', '>', '>=', '==', '!=', '&&', '||'), of)
        .map(([a, operator, b]) => `(${a} ${operator} ${b} ? 1 : 0)`),
      fc
        .tuple(of, pick('/', '%'), fc.integer({min: 1, max: 1000}))
        .map(([a, operator, by]) => `((${a} & 0xffffff) ${operator} ${by})`),
      fc
        .tuple(of, pick('<<', '>>'), fc.integer({min: 0, max: 31}))
        .map(([a, operator, by]) => `((${a} & 0xffff) ${operator} ${by})`),
      fc.tuple(of, of, of).map(([a, b, c]) => `(${a} > ${b} ? ${c} : ${b})`),
      of.map((a) => `(${a} & 1 ? ${a} : -${a})`),
    ),
  }
})

/** Nor the greatest and least of negative numbers, which 0.17 takes for unsigned. */
const {step} = fc.letrec<{step: string; body: string}>((tie) => ({
  body: fc.array(tie('step'), {minLength: 1, maxLength: 3}).map((all) => all.join(' ')),
  step: fc.oneof(
    {depthSize: 'small', maxDepth: 3, withCrossShrink: true},
    fc
      .tuple(pick('$a', '$b', '$c', '@x', '@y[1]', '@y[2]'), number)
      .map(([to, value]) => `${to} = ${value};`),
    fc.tuple(number, number).map(([a, b]) => `printf("%lld %llx\\n", ${a}, ${b});`),
    fc
      .tuple(number, pick('count()', 'sum($a)', 'min($b & 255)', 'max($c & 255)', 'avg($a & 255)'))
      .map(([key, aggregation]) => `@${aggregation.slice(0, 3)}[${key} & 3] = ${aggregation};`),
    number.map((a) => `@hist = hist(${a} & 0xfffff);`),
    number.map((a) => `@lhist = lhist(${a} & 255, 0, 200, 20);`),
    fc
      .tuple(number, tie('body'), tie('body'))
      .map(([a, then, other]) => `if (${a} > 0) { ${then} } else { ${other} }`),
    fc
      .tuple(fc.integer({min: 1, max: 4}), tie('body'))
      .map(([times, body]) => `unroll(${times}) { ${body} }`),
    fc
      .tuple(pick('"abc"', '"abd"', '""'), pick('"abc"', '"x"'))
      .map(([a, b]) => `if (${a} == ${b}) { printf("same\\n"); }`),
  ),
}))

/** Programs that every bpftrace from 0.17 on takes, and that print the same each time. */
export const tamePrograms: fc.Arbitrary<string> = fc
  .array(step, {minLength: 1, maxLength: 8})
  .map(
    (steps) =>
      `BEGIN { $a = (int64)5; $b = (int64)-7; $c = (int64)1000; @x = 3; @y[1] = 1; @y[2] = -2; ${steps.join(' ')} exit(); }`,
  )
