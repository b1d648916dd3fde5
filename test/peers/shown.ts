import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Shown} from './commands.js'

/** The processes of the workload of `test/support/allround.ts`. */
export interface Who {
  readonly pid: number
  readonly target: number
  /** Where the map is pinned that its cgroup or mount namespace is in. */
  readonly map: string
  /** The one that runs `program` of the plan. */
  readonly program?: number
}

/** A command line of BCC's documents as it is run here. */
export interface Plan {
  readonly tool: string
  /** As the document has it. */
  readonly args: string
  /** With processes, CPUs and functions that are there, as typed into a shell. */
  readonly typed: (who: Who, exists: (kernelFunction: string) => boolean) => string
  /** What was changed, and why, for the list. */
  readonly changed: string
  /** A program of the examples that has to be there, with functions `read_all` and `os.open` to be called. */
  readonly program: string | undefined
  /** What has to be in a pinned map. */
  readonly map: 'cgroup' | 'mntns' | undefined
  /** Whether it needs kprobes. */
  readonly inKernel: boolean
  readonly outcome: Outcome
}

export interface Outcome {
  /** What is expected, in words. */
  readonly says: string
  readonly code: number
  /** What stdout and stderr together must show. */
  readonly shows: (who: Who) => RegExp
  /** What stdout must not show, such as rows that a filter leaves out. */
  readonly lacks?: (who: Who) => RegExp
  /** It ends by itself, after so many of these. */
  readonly repeats?: readonly [times: number, of: RegExp]
}

const ok = (says: string, shows: RegExp | ((who: Who) => RegExp)): Outcome => ({
  says,
  code: 0,
  shows: typeof shows === 'function' ? shows : () => shows,
})
/** As `ok`, and nothing of what is to be left out. */
const only = (
  says: string,
  shows: (who: Who) => RegExp,
  lacks: RegExp | ((who: Who) => RegExp),
): Outcome => ({
  ...ok(says, shows),
  lacks: typeof lacks === 'function' ? lacks : () => lacks,
})
/** So many of something, and then the end. */
const times = (count: number, of: string, form: RegExp, outcome: Outcome): Outcome => ({
  ...outcome,
  says: `${outcome.says}; ${count} ${of}, then the end`,
  repeats: [count, form],
})
const refused = (says: string, shows: RegExp, code = 2): Outcome => ({says, code, shows: () => shows})

/** Functions that newer kernels have not, and what does their work there. */
const successors: Readonly<Record<string, readonly string[]>> = {
  __vfs_read: ['vfs_read'],
  __kmalloc: ['__kmalloc', '__kmalloc_noprof'],
  do_sys_open: ['do_sys_openat2'],
  // Newer kernels have it, and an emulated CPU does not use it.
  lapic_next_deadline: ['hrtimer_interrupt'],
  put_prev_entity: ['put_prev_entity', 'put_prev_task_fair', 'set_next_entity'],
  // Where it is still there, most sleepers do without.
  hrtimer_init_sleeper: ['hrtimer_start_range_ns'],
  __account_cfs_rq_runtime: ['__account_cfs_rq_runtime', 'update_curr'],
  // A tracepoint that was renamed.
  sched_fork: ['sched_process_fork'],
}

/** A line that begins with columns and has these words. */
const line = (...words: (string | number)[]): RegExp =>
  new RegExp(`^.*${words.map((word) => `(?<!\\w)${word}(?!\\w)`).join('.*')}`, 'm')

const help = ok('the help', /^USAGE/m)
const noProbe = (what: string): Outcome => ({
  says: `refused: ${what}`,
  code: 3,
  shows: () => /^tstrace: (no|there is no) /m,
})

/** A row of vfsstat. */
const rates = /^\d\d:\d\d:\d\d:(?: +\d+){8}$/m
const argdistTime = /^\[\d\d:\d\d:\d\d\]$/m
const histogram = ok('a histogram', /^ +.* : count +distribution\n +-?\d+ -> -?\d+ +: \d+ +\|/m)
const calls = ok('how often they are called', /^vfs_read +\d+$/m)

const mounted = ({pid}: Who): RegExp => line('mount', '\\d+', pid, 0, '.*/mount testpkg')
const both = only(
  'both times of each of this name, and no others',
  ({pid}) => line('\\d+:\\d+:\\d+', '\\d+\\.\\d+', 'mount', '\\d+', pid, 0, '.*/mount'),
  /^\d+:\d+:\d+ +\d+\.\d+ +(?=\S)(?!.{0,15}mount)/m,
)

/** For each tool: what to expect, by a part of the arguments; the first that is found counts. */
const expected: Readonly<Record<string, readonly (readonly [RegExp, Outcome])[]>> = {
  opensnoop: [
    [
      /^-x/,
      only(
        'the open that failed, and none that worked',
        ({pid}) => line(pid, 'mained', '-1', '2', '/nx/missing'),
        /^\d+ +.{15} +\d+ +0 /m,
      ),
    ],
    [
      /-U?u 1000/,
      only(
        'what the user opened, and nobody else',
        () => /^\s*(1000\s+)?\d+\s+cat\s+\d+\s+0\s+\/etc\/hosts$/m,
        ({pid}) => new RegExp(`^(\\d+ +)?${pid} `, 'm'),
      ),
    ],
    [/^-U/, ok('the user beside each open', ({pid}) => line(0, pid, 'mained', '/etc/hosts'))],
    [
      /O_WRONLY/,
      only(
        'opens for writing, and no others',
        ({pid}) => new RegExp(`^${pid} .*/(test|sample)\\.txt$`, 'm'),
        /^\d+ .*\/etc\/hosts$/m,
      ),
    ],
    [
      /^-T?[pt] /,
      only(
        'the opens of the process, and no others',
        ({pid}) => line(pid, 'mained', '/etc/hosts'),
        ({pid}) => new RegExp(`^(\\d\\d:\\d\\d:\\d\\d +)?(?!${pid} )\\d+ `, 'm'),
      ),
    ],
    [
      /^-n (ed|main)/,
      only(
        'the opens of threads with this name, and no others',
        ({pid}) => line(pid, 'mained', '/etc/hosts'),
        /^\d+ +(?=\S)(?!.{0,13}(ed|main))/m,
      ),
    ],
    [
      /^-e/,
      ok('the flags of each open', ({pid}) => line(pid, 'mained', '\\d+', '0', '\\d{8}', '/etc/hosts')),
    ],
    [/T/, ok('the time of each open', ({pid}) => line('\\d+:\\d+:\\d+', pid, 'mained', '/etc/hosts'))],
    [/./, ok('the opens', ({pid}) => line(pid, 'mained', '/etc/hosts'))],
    [/^$/, ok('the opens', ({pid}) => line(pid, 'mained', '/etc/hosts'))],
  ],
  execsnoop: [
    [/^-x/, ok('programs that are not there', ({pid}) => line(pid, '-2', '.*/missing'))],
    [/^-Ttn/, both],
    [
      /u 1000/,
      only(
        'what the user ran, and nobody else',
        ({pid}) => line('cat', '\\d+', pid, 0, '.*/cat /etc/hosts'),
        /testpkg|^ *(?!1000 )\d+ /m,
      ),
    ],
    [/^-l/, only('programs with this argument, and no others', mounted, /^(?!.*tpkg).* \d+ +\d+ +-?\d+ /m)],
    [
      /^-P/,
      only(
        'the programs of this parent, and no others',
        mounted,
        ({pid}) => new RegExp(`^.{16} *\\d+ +(?!${pid} )\\d+ +-?\\d+ `, 'm'),
      ),
    ],
    [/u user/, refused('refused: no user has this name', /-u|user/)],
    [/u root/, ok('what root ran', ({pid}) => line('mount', '\\d+', pid, 0, '.*/mount testpkg'))],
    [/^-U/, ok('the user of each', ({pid}) => line(0, 'mount', '\\d+', pid, 0, '.*/mount testpkg'))],
    [/^-T/, ok('the time of each', ({pid}) => line('\\d+:\\d+:\\d+', 'mount', '\\d+', pid, 0, '.*/mount'))],
    [/^-t/, ok('the time of each', ({pid}) => line('\\d+\\.\\d+', 'mount', '\\d+', pid, 0, '.*/mount'))],
    [/^-q/, ok('arguments in quotes', /".*\/mount" "testpkg"/)],
    [
      /^-n main/,
      only(
        'programs of this name, and no others',
        ({pid}) => line('main', '\\d+', pid, 0, '.*/main testpkg'),
        /^(?!.{0,15}main).* \d+ +\d+ +-?\d+ /m,
      ),
    ],
    [/./, ok('the programs', ({pid}) => line('mount', '\\d+', pid, 0, '.*/mount testpkg'))],
    [/^$/, ok('the programs', ({pid}) => line('mount', '\\d+', pid, 0, '.*/mount testpkg'))],
  ],
  killsnoop: [
    [
      /^-x/,
      only(
        'calls that failed, and no others',
        ({pid}) => line(pid, 'mained', 0, 2 ** 22 - 1, '-3'),
        /^\d\d:.* \d+ *$/m,
      ),
    ],
    [
      /^-s 9$/,
      only(
        'this signal, and no other',
        ({pid, target}) => line(pid, 'mained', 9, target, 0),
        /^\d\d:.* (?!9 )\d+ +\S+ +-?\d+ *$/m,
      ),
    ],
    [
      /^-s 9,15$/,
      only(
        'both signals, and no other',
        ({pid, target}) => new RegExp(`${pid} .* 15 +${target} +0 *$[^]* 9 +${target} +0 *$`, 'm'),
        /^\d\d:.* (?!9 |15 )\d+ +\S+ +-?\d+ *$/m,
      ),
    ],
    [
      /^-p/,
      only(
        'the signals of this sender, and no other',
        ({pid, target}) => line(pid, 'mained', 15, target, 0),
        ({pid}) => new RegExp(`^\\d\\d:\\d\\d:\\d\\d +(?!${pid} )\\d+ `, 'm'),
      ),
    ],
    [
      /^-T/,
      only(
        'the signals for this target, and no other',
        ({pid, target}) => line(pid, 'mained', 15, target, 0),
        ({target}) => new RegExp(`^\\d\\d:.* (?!${target} )\\S+ +-?\\d+ *$`, 'm'),
      ),
    ],
    [/./, ok('the signals', ({pid, target}) => line(pid, 'mained', 15, target, 0))],
    [/^$/, ok('the signals', ({pid, target}) => line(pid, 'mained', 15, target, 0))],
  ],
  tcpretrans: [
    [/^-c/, ok('a row for each flow', /^127\.0\.0\.1:\d+\s+127\.0\.0\.1:\d+\s+\d+/m)],
    [/^-6/, ok('segments over IPv6', /^\S+\s+\d+\s+6\s+\[::1\]:\d+\s+R>\s+\[::1\]:\d+/m)],
    [/^-l/, ok('tail loss probes, too', /^\S+\s+\d+\s+[46]\s+\S+\s+L>/m)],
    [
      /^-s/,
      ok(
        'the sequence numbers of segments',
        /^\S+ +\d+ +4 +127\.0\.0\.1:\d+ +R> +127\.0\.0\.1:\d+ +[A-Z]+ +\d+$/m,
      ),
    ],
    [/./, ok('segments that were sent again', /^\S+\s+\d+\s+4\s+127\.0\.0\.1:\d+\s+R>\s+127\.0\.0\.1:\d+/m)],
    [/^$/, ok('segments that were sent again', /^\S+\s+\d+\s+4\s+127\.0\.0\.1:\d+\s+R>\s+127\.0\.0\.1:\d+/m)],
  ],
  vfsstat: [
    [/^5 3$/, times(3, 'rows', rates, ok('rates', rates))],
    [/^2 5$/, times(5, 'rows', rates, ok('rates', rates))],
    [/./, ok('rates', rates)],
    [/^$/, ok('rates', rates)],
  ],
  profile: [
    [/^-U$/, ok('stacks of programs', ({pid}) => new RegExp(`- +mained \\(${pid}\\)`))],
    [/^-a?d?f/, ok('lines for a flame graph', /^mained;.* \d+$/m)],
    [/^-I/, ok('stacks, those of idle CPUs among them', ({pid}) => new RegExp(`- +mained \\(${pid}\\)`))],
    [
      /(?<!-F )\b(2|5|10)$/,
      ok(
        'stacks, and the heading that says for how long',
        ({pid}) => new RegExp(`- +mained \\(${pid}\\)\n +\\d+\n[^]*^Sampling .* for \\d+ secs\\.$`, 'm'),
      ),
    ],
    [/./, ok('stacks', ({pid}) => new RegExp(`- +mained \\(${pid}\\)\n +\\d+`))],
    [/^$/, ok('stacks', ({pid}) => new RegExp(`- +mained \\(${pid}\\)\n +\\d+`))],
  ],
  funccount: [
    [/contentions/, ok('how often its functions are called', /^FUNC +COUNT\n([\w.]+ +[1-9]\d*\n)+/m)],
    [/u:node|u:pthread/, noProbe('this node and this C library have no such probes')],
    [/^(-p \d+ )?go:os/, ok('how often its functions are called', /^os\.open +1$/m)],
    [/^\.\/test/, ok('how often its functions are called', /^read_all +1$/m)],
    [/^t:block/, ok('how often its tracepoints are passed', /^block:block_\w+ +\d+$/m)],
    [/^t:/, ok('how often the tracepoint is passed', /^sched:sched_process_fork +\d+$/m)],
    [/c:malloc/, ok('how often it is called', /^malloc +\d+$/m)],
    [/c:\(write/, ok('how often they are called', /^write +\d+$/m)],
    [/lapic/, ok('how often it is called', /^hrtimer_interrupt +\d+$/m)],
    [/readdir/, ok('how often they are called', /^FUNC +COUNT\n(\w*readdir\w* +[1-9]\d*\n)+/m)],
    [
      /^-T/,
      ok('the time, and how often they are called', /^\d\d:\d\d:\d\d\nFUNC +COUNT\n(.*\n)*vfs_read +\d+$/m),
    ],
    [/tcp/, ok('how often they are called', /^tcp_sendmsg(_locked)? +\d+$/m)],
    [/^-i 1 -d 5/, times(5, 'tables', /^FUNC +COUNT$/m, calls)],
    [/^-d/, times(1, 'table', /^FUNC +COUNT$/m, calls)],
    [/./, calls],
  ],
  stackcount: [
    [/u:node|u:pthread/, noProbe('this node and this C library have no such probes')],
    [/-c \d put_prev/, ok('stacks of one CPU', /^ {2}\w+(\+0x\w+)?\n( {2}.*\n)+ {4}\d+$/m)],
    [/-df/, ok('lines for a flame graph', /^\S.*;-;.* \d+$/m)],
    [/^-sv/, ok('stacks with addresses and offsets', /^ {2}[0-9a-f]{12,16} +\w+\+0x[0-9a-f]+$/m)],
    [/^-K?s /, ok('stacks with offsets', /^ {2}\w+\+0x[0-9a-f]+$/m)],
    [
      /^-P -s /,
      ok('stacks with offsets, each with its process', /^ {2}\w+\+0x[0-9a-f]+$[^]*^ {4}\S.* \[\d+\]$/m),
    ],
    [
      /^-P -v /,
      ok('stacks with addresses, each with its process', /^ {2}[0-9a-f]{12,16} +\w+$[^]*^ {4}\S.* \[\d+\]$/m),
    ],
    [/-T/, ok('the time, and stacks', /^\d\d:\d\d:\d\d\n+ {2}\S.*\n( {2}.*\n)* {4}\d+$/m)],
    [/^-P/, ok('stacks, each with its process', /^ {2}\S.*\n( {2}.*\n)* {4}\S.* \[\d+\]\n {4}\d+$/m)],
    [/./, ok('stacks', /^ {2}\S.*\n( {2}.*\n)* {4}\d+$/m)],
  ],
  argdist: [
    [/u:pthread/, noProbe('this C library has no such probes')],
    [/-c 1/, refused('refused, as BCC does: -c takes no number', /unexpected argument '1'/)],
    [
      /GFP_ATOMIC/,
      ok('its heading; a usage error before Linux 6.10, which does not describe it', argdistTime),
    ],
    [/latency > 1|__account_cfs/, ok('its heading, and what there is of such rare events', argdistTime)],
    [/sample\.txt/, ok('the opens of this path', /^\t\d+ +\S.*"sample\.txt"/m)],
    [/^-C 'r:c:gets/, ok('the texts', /^\t\d+ +\S.*snooped/m)],
    [/^-i 3 -n 2/, times(2, 'histograms', argdistTime, histogram)],
    [/ -n 2$/, times(2, 'tables', argdistTime, ok('a table', /^\tCOUNT +EVENT\n\t\d+ +\S/m))],
    [/^-H|-H '/, histogram],
    [/./, ok('a table', /^\tCOUNT +EVENT\n\t\d+ +\S/m)],
  ],
}

/** Every command line of `commands.json`. */
export function plans(): Plan[] {
  const path = join(import.meta.dirname, '../../../test/peers/commands.json')
  return (JSON.parse(readFileSync(path, 'utf8')) as Shown[]).map(plan)
}

function plan({tool, args}: Shown): Plan {
  const outcome = args === '-h' ? help : expected[tool]?.find(([form]) => form.test(args))?.[1]
  if (outcome === undefined) throw new Error(`nothing is expected of ${tool} ${args}`)
  const changes = new Set<string>()
  const typed: Plan['typed'] = (who, exists) => {
    let text = args
    const replace = (form: RegExp, by: string, why: string): void => {
      const changed = text.replace(form, by)
      if (changed !== text) changes.add(why)
      text = changed
    }
    replace(/(?<=^--\w+map )\S+/, who.map, 'the path')
    if (tool === 'killsnoop') replace(/(?<=-T )\d+/, `${who.target}`, 'the process')
    const processFlags = tool === 'argdist' || tool === 'killsnoop' ? '-p' : '-(?:T?p|a?d?f? ?-p|P|t|L)'
    replace(
      new RegExp(`(?<=(?:^| )${processFlags} )(?:[\\d,]+|\`[^\`]*\`|\\$\\([^)]*\\))`),
      `${who.program ?? who.pid}`,
      'the process',
    )
    replace(/\/home\/ubuntu(?=\/)/, '.', 'the path')
    if (tool === 'profile') replace(/(?<=-C )7/, '0', 'the CPU')
    if (tool === 'funccount' || tool === 'stackcount') replace(/(?<=-c )1/, '0', 'the CPU')
    for (const [name, names] of Object.entries(successors)) {
      if (!new RegExp(`\\b${name}\\b`).test(text)) continue
      const there = names.find(exists) ?? names[0] ?? name
      if (there !== name) replace(new RegExp(`\\b${name}\\b`, 'g'), there, 'the function')
    }
    return text
  }
  typed({pid: 1, target: 1, map: '/map'}, () => true)
  return {
    tool,
    args,
    typed,
    changed: [...changes].join(', '),
    program: /\b(contentions|go|test)(?=:)/.exec(args)?.[1],
    map: /^--(cgroup|mntns)map /.exec(args)?.[1] as Plan['map'],
    inKernel: needsKprobes(tool, args),
    outcome,
  }
}

function needsKprobes(tool: string, args: string): boolean {
  if (args === '-h') return false
  switch (tool) {
    case 'vfsstat':
      return true
    case 'tcpretrans':
      return args === '-l'
    case 'funccount':
    case 'stackcount':
      return !/\b[tuc]:|:\*|go:|\.\/|c:\(/.test(args)
    case 'argdist':
      return /\b[pr]::/.test(args)
    default:
      return false
  }
}
