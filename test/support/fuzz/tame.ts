import fc from 'fast-check'
import {pick} from './words.js'

/** What is not in these programs, as versions of bpftrace disagree about it. */
export const untried: readonly {readonly what: string; readonly why: string}[] = [
  {
    what: '`/`, `%` and `>>` of negative numbers',
    why: 'bpftrace computes them as if there were no signs, unless they are constants; the corpus has the rule of the embedded engine',
  },
  {what: 'min() and max() of negative numbers', why: '0.17 takes 0 for one of those that max() is given'},
  {
    what: 'comparisons of negative numbers with constants from 2147483648 on',
    why: '0.23 takes them for unsigned, and so -1 for larger; they are a `long` in C (6.4.4.1), as for 0.17, 0.27 and the embedded engine. With (int64), all agree',
  },
  {
    what: 'a map in a branch of `? :`',
    why: '0.23 gives the other branch, whatever the condition says, unless that is constant; with `if`, it takes the right one, as do 0.17, 0.27 and the embedded engine',
  },
]

const local = pick('$a', '$b', '$c')

/** Expressions of signed numbers. */
const {number} = fc.letrec<{number: string}>((tie) => {
  const of = tie('number')
  return {
    number: fc.oneof(
      {depthSize: 'small', maxDepth: 4, withCrossShrink: true},
      fc.integer({min: -100_000, max: 100_000}).map((value) => (value < 0 ? `(${value})` : `${value}`)),
      pick('$a', '$b', '$c', '@x', '@y[1]', '@y[2]', '0x7fffffff', '((int64)4294967296)'),
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
      fc.tuple(of, of, local, local).map(([a, b, c, d]) => `(${a} > ${b} ? ${c} : ${d})`),
      fc.tuple(of, local).map(([a, b]) => `(${a} & 1 ? ${b} : -${b})`),
    ),
  }
})

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

const steps = fc.array(step, {minLength: 1, maxLength: 8}).map((all) => all.join(' '))
const maps = '@x = 3; @y[1] = 1; @y[2] = -2;'

/** Programs that every bpftrace from 0.17 on takes, and that print the same each time. */
export const tamePrograms: fc.Arbitrary<string> = steps.map(
  (body) => `BEGIN { $a = (int64)5; $b = (int64)-7; $c = (int64)1000; ${maps} ${body} exit(); }`,
)

/** The same of the numbers that opens have; `ENTER` and `EXIT` stand for those of one process. */
export const tameClauses: fc.Arbitrary<string> = fc
  .tuple(steps, steps)
  .map(
    ([entry, exit]) =>
      `BEGIN { ${maps} } ` +
      `ENTER { $a = (int64)args->flags; $b = (int64)args->mode; $c = (int64)-7; @path[str(args->filename)] = count(); ${entry} } ` +
      `EXIT { $a = (int64)args->ret; $b = (int64)5; $c = (int64)1000; ${exit} }`,
  )
