import fc from 'fast-check'
import {binary, joined, numbers, pick, probes, texts, types} from './words.js'

/** Where a number, a text and statements are wanted, such are; what is read depends on nothing but the probe's kind. */
const {typedStatement, typedNumber} = fc.letrec<
  Record<'typedNumber' | 'typedText' | 'typedKey' | 'typedStatement' | 'typedBlock', string>
>((tie) => {
  const [number, text, key] = [tie('typedNumber'), tie('typedText'), tie('typedKey')]
  const small = fc.nat({max: 9}).map(String)
  const into = pick('$a', '$b', '$c', '@a', '@b[1]')
  const keyed = key.map((each) => `@k[${each}]`)
  return {
    typedNumber: fc.oneof(
      {depthSize: 'small', maxDepth: 4, withCrossShrink: true},
      pick(...numbers.filter((each) => each !== '18446744073709551615')),
      pick(
        '$a',
        '$b',
        '$c',
        '@a',
        '@b[1]',
        'pid',
        'tid',
        'uid',
        'cpu',
        'nsecs',
        'elapsed',
        'cgroup',
        'rand',
        '$1',
      ),
      pick(
        'curtask->pid',
        'curtask->real_parent->pid',
        '(uint64)curtask',
        'curtask->comm[3]',
        '$t.0',
        '@t.0.0',
      ),
      fc.tuple(number, pick(...binary), number).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      fc.tuple(pick('-', '!', '~'), number).map(([operator, a]) => `${operator}(${a})`),
      fc.tuple(number, number, number).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(pick(...types.slice(0, 8)), number).map(([type, a]) => `(${type})(${a})`),
      fc.tuple(text, pick('==', '!='), text).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      fc.tuple(text, pick(...texts), small).map(([a, b, length]) => `strncmp(${a}, ${b}, ${length})`),
      fc
        .tuple(pick('uptr', 'kptr'), pick(...types.slice(0, 8)), number)
        .map(([space, type, a]) => `*${space}((${type} *)(${a}))`),
      fc
        .tuple(pick('uint64', 'int32', 'uint8'), number)
        .map(([type, a]) => `((${type} *)curtask->comm)[${a}]`),
      fc.tuple(into, pick('++', '--')).map((parts) => parts.join('')),
      keyed,
    ),
    typedText: fc.oneof(
      {depthSize: 'small', maxDepth: 2, withCrossShrink: true},
      pick(
        'comm',
        'str($2)',
        '@s',
        '@s2[1]',
        '$s',
        '$t.1',
        '"abc"',
        '"a longer text than others"',
        '""',
        '"\\xff"',
      ),
      fc
        .tuple(number, fc.constantFrom('', ', 7', ', 64', ', pid'))
        .map(([a, length]) => `str(${a}${length})`),
      number.map((a) => `str(uptr(${a}))`),
    ),
    typedKey: fc.oneof(
      {depthSize: 'small', maxDepth: 3, withCrossShrink: true},
      fc.tuple(number, text).map(([a, b]) => `${a}, ${b}`),
    ),
    typedBlock: joined(tie('typedStatement'), ' ', 3).map((body) => `{ ${body} }`),
    typedStatement: fc.oneof(
      {depthSize: 'small', maxDepth: 3, withCrossShrink: true},
      fc
        .tuple(into, pick('=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '|=', '&=', '^='), number)
        .map((parts) => `${parts.join(' ')};`),
      fc.tuple(pick('$s', '@s', '@s2[1]', '@s2[pid]'), text).map(([to, a]) => `${to} = ${a};`),
      fc.tuple(keyed, number).map(([to, a]) => `${to} = ${a};`),
      fc
        .tuple(key, pick('count()', 'sum($a)', 'min($b)', 'max(pid)', 'avg($c)', 'stats(@a)'))
        .map(([each, aggregation]) => `@agg_${aggregation.slice(0, 3)}[${each}] = ${aggregation};`),
      fc
        .tuple(pick('', '[1]', '[comm]'), number)
        .map(([each, a]) => `@hist${each.length}${each} = hist(${a});`),
      number.map((a) => `@lhist = lhist(${a}, 0, 1000, 50);`),
      fc.tuple(number, text, number).map((all) => `printf("%lld %s %x\\n", ${all.join(', ')});`),
      fc.tuple(number, text).map((all) => `print((${all.join(', ')}));`),
      fc.tuple(pick('$t', '@u'), number, text).map(([to, a, b]) => `${to} = (${a}, ${b});`),
      pick(
        'print(@a);',
        'print(@k, 5);',
        'clear(@k);',
        'zero(@a);',
        'print(kstack);',
        '@stacks[kstack, ustack(3)] = count();',
      ),
      key.map((each) => `delete(@k[${each}]);`),
      pick(
        'time("%H\\n");',
        'printf("%s %s\\n", ksym(nsecs), usym(pid));',
        'printf("%r\\n", buf("ab", 2));',
        'join(nsecs);',
      ),
      pick('@n[ntop(nsecs)] = count();', 'cat("/proc/version");', '@f = strftime("%H", nsecs);', 'exit();'),
      fc
        .tuple(number, tie('typedBlock'), tie('typedBlock'))
        .map(([a, then, other]) => `if (${a}) ${then} else ${other}`),
      fc
        .tuple(small, tie('typedBlock'))
        .map(([most, body]) => `$i = 0; while ($i < ${most}) { $i++; ${body} }`),
      fc.tuple(pick('1', '3', '8'), tie('typedBlock')).map(([times, body]) => `unroll(${times}) ${body}`),
      tie('typedBlock').map((body) => `for ($kv : @k) ${body}`),
      fc.tuple(small, tie('typedBlock')).map(([most, body]) => `for ($j : 0..${most}) ${body}`),
      pick('return;', 'if (pid == 1) { return; }', 'let $d = 5;'),
    ),
  }
})

/** What typed statements read, so that all of it has a type wherever they are. */
const declared =
  '$a = (int64)5; $b = (int64)-7; $c = (uint64)9; $s = str($2); $t = (1, comm); @a = 1; @b[1] = 2; @s = str($2); ' +
  '@s2[1] = comm; @t = ((1, 2), 3); @k[1, comm] = 1;'
const typedProbes = probes.filter((each) => !/^(iter|nothing|kprobe:$|usdt|fentry)/.test(each))
/** A clause whose types are right. */
export const typedClause = fc
  .tuple(
    pick(...typedProbes),
    fc.option(pick('pid > 5', 'comm == "x"', '@a', 'cpu == 0 && uid < 7'), {nil: undefined, freq: 2}),
    joined(typedStatement, ' ', 6),
    fc.oneof(
      {arbitrary: fc.constant(''), weight: 4},
      typedNumber.map((a) => `print(${a});`),
    ),
  )
  .map(
    ([probe, predicate, body, last]) =>
      `${probe} ${predicate === undefined ? '' : `/${predicate}/ `}{ ${declared} ${body} ${last} }`,
  )
