import {join} from 'node:path'
import {root} from '../scripts/root.js'
import {packExample} from '../test/support/example.js'
import {folder, tstrace} from './subject.js'

/** An event that is measured: who causes it, and with which tool it is traced. */
export interface Case {
  readonly tool: string
  /** For the page. */
  readonly what: string
  readonly flags: readonly string[]
  /** The source that it needs, if not tracepoints. */
  readonly source?: 'fentry' | 'kprobe'
  /** One of calls.ts, whose CPU time is measured. */
  readonly call?: string
  /** How many calls, 2,000 if not given, and how many times they are measured, the least of which counts. */
  readonly count?: number
  readonly times?: number
  /** Without a call: what goes on while the kernel measures the program itself. */
  readonly work?: 'connections' | 'busy'
}

/** Room for all events, so that none is lost. */
const roomy = ['--buffer-pages', '16384']
const signalled = 't:syscalls:sys_enter_kill'
const inKernel = 'vfs_read'
const inLibrary = 'c:atoi'

/** Few calls, so that now and then nothing else uses the CPU meanwhile. */
const emulated = {count: 300, times: 60}

export const cases: readonly Case[] = [
  {tool: 'opensnoop', what: 'an open that is shown', flags: roomy, call: 'open', count: 1000},
  {tool: 'opensnoop', what: 'one that -p leaves out', flags: ['-p', '1'], call: 'open', count: 1000},
  {tool: 'execsnoop', what: 'an exec with ten arguments', flags: roomy, call: 'exec', count: 30, times: 10},
  {tool: 'killsnoop', what: 'a signal that is shown', flags: roomy, call: 'kill', count: 1000},
  {tool: 'killsnoop', what: 'one that -s leaves out', flags: ['-s', '9'], call: 'kill'},
  {tool: 'tcpretrans', what: 'a retransmit that is shown', flags: [], work: 'connections'},
  {tool: 'profile', what: 'a sample', flags: ['-F', '199', '-n', 'node'], work: 'busy'},
  {tool: 'funccount', what: 'a tracepoint', flags: [signalled], call: 'kill'},
  {tool: 'funccount', what: "a library's function", flags: [inLibrary], call: 'atoi'},
  {tool: 'stackcount', what: 'a tracepoint', flags: [signalled], call: 'kill'},
  {tool: 'stackcount', what: "a library's function", flags: [inLibrary], call: 'atoi'},
  {
    tool: 'argdist',
    what: 'a field of a tracepoint',
    flags: ['-C', `${signalled}():int:args->sig`],
    call: 'kill',
  },
  {
    tool: 'argdist',
    what: "an argument of a library's function",
    flags: ['-C', `p:${inLibrary}(char *text):char*:text`],
    call: 'atoi',
  },
  {
    tool: 'argdist',
    what: "the latency of a library's function",
    flags: ['-H', `r:${inLibrary}(char *text):u64:$latency`],
    call: 'atoi',
  },
  {tool: 'synccount', what: 'a call that is counted', flags: [], call: 'fsync'},
  ...(['fentry', 'kprobe'] as const).flatMap((source): Case[] => [
    {
      tool: 'vfsstat',
      what: `a read, source ${source}`,
      flags: ['--source', source],
      source,
      call: 'read',
      ...emulated,
    },
  ]),
  {
    tool: 'funccount',
    what: 'a kernel function',
    flags: [inKernel],
    source: 'kprobe',
    call: 'read',
    ...emulated,
  },
  {
    tool: 'stackcount',
    what: 'a kernel function',
    flags: [inKernel],
    source: 'kprobe',
    call: 'read',
    ...emulated,
  },
  {
    tool: 'argdist',
    what: 'an argument of a kernel function',
    flags: ['-C', 'p::vfs_read(void *file, char *buffer, size_t count):size_t:count'],
    source: 'kprobe',
    call: 'read',
    ...emulated,
  },
]

let plugin: string | undefined

/** The example plugin is built once, and run from its file. */
function pluginFile(): string {
  plugin ??= join(packExample(folder), '..', 'dist', 'commands', 'synccount.js')
  return plugin
}

export function commandOf({tool, flags}: Case): string[] {
  const child = join(root, 'dist', 'engine', 'testing', 'child.js')
  const start = tool === 'synccount' ? [process.execPath, child, pluginFile()] : [...tstrace, tool]
  return [...start, '--json', '--quiet', ...flags]
}
