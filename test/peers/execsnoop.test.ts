import {existsSync, readFileSync} from 'node:fs'
import type {ExecPlan, Spawn} from '../support/execs.js'
import {type Peer, sideBySide} from './compare.js'
import type {Difference} from './differences.js'
import {ofBcc, ofBpftrace, ofLibbpf} from './packages.js'
import type {Row} from './table.js'

const nobody = 65534
/** An argument of each program that is executed, by which rows are known where a peer does not show the parent. */
const tag = `tag${process.pid}`

const run = (file: string, ...args: string[]): Spawn => ({file, argv: [file, tag, ...args]})
const quiet = (...args: string[]): Spawn => run('/bin/true', ...args)
const python = (code: string): Spawn => ({
  file: '/usr/bin/python3',
  argv: ['/usr/bin/python3', '-c', code, tag],
})
const range = (count: number): string[] => Array.from({length: count}, (_, index) => `a${index + 1}`)
/** Longer than what the peers show of an argument, shorter than what bpftrace 0.17 can read. */
const long = 'l'.repeat(150)

const every: ExecPlan = {
  comm: 'side;beside',
  spawns: [
    {...quiet('x'), times: 7},
    run('/nonexist', 'x'),
    run('/etc/passwd'),
    quiet('three'),
    // With the file and the tag, these are 18, 20 and 21.
    quiet('fewer', ...range(15)),
    {file: '/bin/sh', argv: ['/bin/sh', '-c', `exec env true ${tag} chain`]},
    quiet('exactly', ...range(17)),
    python(`import os;os.execve(os.dup2(os.open("/bin/true",0),9),["x","${tag}","descriptor"],{})`),
    quiet('more', ...range(18)),
    python(
      `import os,threading as t;t.Thread(target=os.execv,args=("/bin/true",["/bin/true","${tag}"])).start()`,
    ),
    quiet('a b', 'c'),
    quiet('empty', '', 'after'),
    quiet('"quoted"', "it's", '$HOME', '*', '\xc3\xa9'),
    quiet(long, 'next'),
    {file: '/bin/true', argv: ['another', tag, 'named']},
    // A script, which executes gzip.
    {file: '/usr/bin/zcat', argv: ['/usr/bin/zcat', '/dev/null', tag]},
  ],
}

/** What rows would break at without -q. */
const odd: ExecPlan = {...every, spawns: [...(every.spawns ?? []), quiet('new\nline', 'tab\there')]}

const isByDescriptor = ({ARGS = ''}: Row): boolean => /^"?\/dev\/fd\//.test(ARGS)
const isByThread = ({ARGS = ''}: Row): boolean => /^"?\/bin\/true"? "?\w+"?$/.test(ARGS)

/** A difference in how arguments are written. */
const written = (because: string, change: (args: string) => string): Difference => ({
  because,
  means: (row) => ({...row, ARGS: change(row['ARGS'] ?? '')}),
})

const noExecveat: Difference = {because: 'it does not trace execveat(2)', lacks: isByDescriptor}

const times: readonly Difference[] = [
  {because: 'its times are those of printing, ours those of the event', unlike: 'TIME'},
  {because: 'its times count from its own start', unlike: 'TIME(s)'},
]

const quotes: readonly Difference[] = [
  written('it does not quote what a shell takes for a variable', (args) =>
    args.replace('"$HOME"', String.raw`"\$$HOME"`),
  ),
  written('it quotes control characters in a way that no shell reads back', (args) =>
    args.replace('"new\\nline"', "$$'new\\nline'").replace(/"tab(\t|\\t)here"/, "$$'tab\\there'"),
  ),
]

const oldName: Difference = {
  because: 'its older versions call the name so, though it is not that of the parent',
  renamed: {theirs: 'PCOMM', ours: 'COMM'},
}

const bccText = existsSync(ofBcc('execsnoop')) ? readFileSync(ofBcc('execsnoop'), 'utf8') : ''

const bcc: Peer = {
  name: 'execsnoop of BCC',
  file: ofBcc('execsnoop'),
  letters: `PxqUTtnul${bccText.includes('--print-pcomm') ? 'CM' : ''}`,
  differences: [
    ...times,
    ...quotes,
    oldName,
    noExecveat,
    written('it shows 128 bytes of an argument', (args) => args.replace(/l{128}/, long)),
    written('it reads 128 bytes of an argument, and shows none where the stack ends before', (args) =>
      args.replace('"/usr/bin/true" "" ""', `"/usr/bin/true" "${tag}" "chain"`),
    ),
    written('its mark of arguments that are not shown is empty, and there where it shows all', (args) =>
      args
        .replace(/ ("exactly" .*) ""$/, ' $1')
        .replace(/ ("more" .*) ""$/, ' $1 ...')
        .replace(/ (exactly|more)$/, ' $1 ...'),
    ),
  ],
}

const libbpf: Peer = {
  name: 'execsnoop of libbpf-tools',
  file: ofLibbpf('execsnoop'),
  letters: 'xqUTtnu',
  differences: [
    ...times,
    ...quotes,
    oldName,
    noExecveat,
    {because: 'it loses the exec of a thread that is not the first one', lacks: isByThread},
    written('it shows 127 bytes of an argument', (args) => args.replace(/l{127}/, long)),
    written('it puts a blank, or with -q a quote, before the mark of arguments that are not shown', (args) =>
      args.replace(/ [ "] ?\.\.\.$/, ' ...'),
    ),
    written('its newer versions mark arguments as not shown where they show them all', (args) =>
      args.replace(/ ("?exactly"? .*|x|three|chain|named) \.\.\.$/, ' $1'),
    ),
    written('on kernels that find 0 bytes in an empty text it does not show empty arguments', (args) =>
      args.replace('"empty" "after" "', '"empty" "" "after"').replace(/ empty after$/, ' empty  after'),
    ),
  ],
}

/** The names by which programs are called in the plan, instead of their files. */
const files: Readonly<Record<string, string>> = {
  another: '/bin/true',
  env: '/usr/bin/env',
  true: '/usr/bin/true',
  gzip: '/usr/bin/gzip',
  x: '/dev/fd/9',
}

const bpftrace: Peer = {
  name: 'execsnoop.bt',
  file: ofBpftrace('execsnoop'),
  letters: '',
  differences: [
    {because: 'it always shows a time', extra: 'TIME(ms)'},
    {because: 'it always shows a time', extra: 'TIME'},
    {because: 'it shows no name', extra: 'COMM'},
    {because: 'its older versions do not show the parent', extra: 'PPID'},
    {
      because: 'it does not know whether an exec fails, and so shows all',
      adds: ({ARGS = ''}) => /^\/nonexist|^\/etc\/passwd/.test(ARGS),
    },
    {because: 'it does not know whether an exec fails', extra: 'RET'},
    written('it shows argv[0] instead of the file', (args) =>
      args.replace(/^\S+/, (name) => files[name] ?? name),
    ),
    written('it stops at an empty argument', (args) => args.replace(/ empty$/, ' empty  after')),
    written('it shows 16 arguments', (args) =>
      args
        .replace(/ (fewer .*) a13$/, ` $1 ${range(15).slice(12).join(' ')}`)
        .replace(/ (exactly .*) a13$/, ` $1 ${range(17).slice(12).join(' ')}`)
        .replace(/ (more .*) a13$/, ` $1 ${range(17).slice(12).join(' ')} ...`),
    ),
  ],
}

sideBySide({
  tool: 'execsnoop',
  filter: {
    letter: 'P',
    column: 'PPID',
    otherwise: ({ARGS = ''}) => ARGS.includes(tag),
  },
  peers: [bcc, libbpf, bpftrace],
  cases: [
    {title: 'every kind of exec', plan: every, peers: [libbpf, bpftrace], flags: []},
    {
      title: '-x -q -U -T -t -C -M: failed execs, quotes, all columns',
      plan: odd,
      flags: ['-x', '-q', '-U', '-T', '-t'],
      ifKnown: [['-C'], ['-M']],
    },
    {
      title: '-u -n -l --max-args: filters, fewer arguments',
      plan: {...every, uid: nobody},
      flags: ['-u', `${nobody}`, '-n', 'tru', '--max-args', '3'],
      ifKnown: [['-l', `${tag} (three|more|exactly)|marker-`]],
    },
  ],
  mark: async (workload, number) => {
    const text = `marker-${number}`
    await workload.also({spawns: [{file: '/bin/true', argv: ['/bin/true', text]}]})
    return text
  },
})
