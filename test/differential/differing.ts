import type {Differing} from './comparable.js'

/** What of a golden program's output is not compared. */
export interface LeftOut extends Differing {
  readonly what: string
  readonly why: string
  /** The versions of bpftrace that it is left out for; all if not given. */
  readonly versions?: RegExp
}

const twoNames: LeftOut = {
  versions: /^0\.27\./,
  keysOnly: true,
  what: 'counts',
  why: 'a function that has two names is one, and counted once, as by 0.23; 0.27 puts a probe there for each name that matches',
}

/** What of the golden programs cannot be the same, by tool, or by tool and label of the program. */
export const differing: Readonly<Record<string, LeftOut>> = {
  profile: {
    samples: true,
    what: 'of stacks, only those with a tenth of the samples, without counts and innermost functions, and without read_zero() and what it calls',
    why: 'each engine takes its samples at moments of its own, and how read_zero() shares its time depends on the CPU',
  },
  tcpretrans: {unordered: true, what: 'the order of rows', why: 'they come from several CPUs at once'},
  argdist: {
    textBytes: 80,
    what: 'texts in keys beyond 80 bytes',
    why: 'the tool shows no more; how many follow, to see whether it was cut, differs',
  },
  'argdist/texts': {textBytes: 5, what: 'texts in keys beyond 5 bytes', why: 'the same, with `-z 5`'},
  'argdist/entry': {
    times: {'@count0': [1]},
    what: 'a part of the key of `@count0`',
    why: 'it is a latency, which each engine measures with its own clock reading',
  },
  'argdist/recursive': {
    times: {'@hist0': [0]},
    what: 'the key of `@hist0`; it is not run with other programs at the same time',
    why: 'it is a latency. koffi has the C library call back on another stack, where the kernel takes the function that calls back for left as soon as another one with a probe at its return is called',
  },
  'argdist/command': {times: {'@count0': [0]}, what: 'the key of `@count0`', why: 'it is a latency'},
  'funccount/wildcards': twoNames,
  'stackcount/wildcards': twoNames,
}

/** Those that are not run with others. */
export const alone: readonly string[] = ['argdist/recursive']

/** What is left out of what a program of a tool says beside a version of bpftrace. */
export function leftOut(tool: string, label: string, version: string): Differing {
  const [ofTool, ofProgram] = [tool, label].map((name) => {
    const found = differing[name]
    return found?.versions?.test(version) === false ? undefined : found
  })
  return {...ofTool, ...ofProgram}
}
