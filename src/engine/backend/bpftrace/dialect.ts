import type {Job} from '../backend.js'

/**
 * What differs between bpftrace versions for somebody who runs it; each fact was measured on the versions
 * in CONTRIBUTING.md. The program text needs no dialect: it keeps to what 0.17 to the newest all accept.
 */
export interface Dialect {
  /** Environment that makes `room` bytes available for a text, the end included, and sizes buffer and maps. */
  readonly environment: (room: number, sizes?: Sizes) => Record<string, string>
  readonly options: readonly string[]
  /** Bytes for one text, the end included, so that a row of this shape still fits. */
  readonly room: (row: {numbers: number; texts: number}) => number
  /** Map keys are escaped twice in JSON (0.22 and 0.23). */
  readonly escapesKeysTwice: boolean
  /** After a control character or a byte above 0x7f, counts of histograms and losses come in hexadecimal. */
  readonly countsTurnHex: boolean
  /** `for ($kv : @map)` (0.22; 0.21 has it, but fails with texts). */
  readonly loopsOverMaps: boolean
  /** What a wildcard of uprobes stands for is attached at once, where the kernel can (0.20); kprobes always are. */
  readonly attachesUprobesAtOnce: boolean
  /** With `-p`, probes of user functions are for that process only (not in 0.17, in 0.23 and 0.27). */
  readonly keepsToProcess: boolean
  /** `pid` and `tid` are ids of the pid namespace that bpftrace runs in (0.23). */
  readonly seesPidNamespace: boolean
  /** The program as this version spells it. */
  readonly spell: (program: string) => string
}

type Sizes = Partial<Pick<Job, 'bufferPages' | 'mapKeys'>> & {readonly probes?: number}

export const oldestSupported = '0.17'

/** The dialect of a version such as `0.17.0`. */
export function dialectOf(version: string): Dialect {
  const minor = minorOf(version)
  return {
    environment: (room, {bufferPages: pages, mapKeys, probes} = {}) => ({
      [minor < 20 ? 'BPFTRACE_STRLEN' : 'BPFTRACE_MAX_STRLEN']: room.toString(),
      BPFTRACE_STR_TRUNC_TRAILER: '',
      // What is printed for `perf`, see `spell`: names that nobody reads, and reading them takes it a second or two.
      ...(minor < 18 ? {BPFTRACE_NO_USER_SYMBOLS: '1'} : {}),
      // Per CPU up to 0.17, one buffer for all from 0.18, sized by itself from 0.24.
      ...(pages !== undefined || minor < 24
        ? {BPFTRACE_PERF_RB_PAGES: (pages ?? (minor < 18 ? 256 : 4096)).toString()}
        : {}),
      ...(mapKeys === undefined
        ? {}
        : {[minor < 20 ? 'BPFTRACE_MAP_KEYS_MAX' : 'BPFTRACE_MAX_MAP_KEYS']: mapKeys.toString()}),
      // The default is 512 of each, 1,024 from 0.23, BEGIN included. Whoever made the program has a limit of its own.
      ...(probes === undefined || probes < 500
        ? {}
        : {
            BPFTRACE_MAX_PROBES: (2 * probes).toString(),
            BPFTRACE_MAX_BPF_PROGS: (2 * probes).toString(),
          }),
      // Makes it say when everything is attached, as its own tests need.
      __BPFTRACE_NOTIFY_PROBES_ATTACHED: '1',
    }),
    options: [
      ...(minor < 22 ? ['-k'] : []), // makes a full map visible; later versions say so by themselves
      // 0.25 writes them into the JSON. Elsewhere they stay: the word on a full map is one of them, and up to 0.23 that on
      // a probe that was not attached.
      ...(minor === 24 || minor === 25 ? ['--no-warnings'] : []),
    ],
    room: ({numbers, texts}) => {
      if (minor >= 22) return 1024
      if (minor === 21) return 64
      // Up to 0.20 the 512 bytes of BPF stack hold the row twice. `comm` takes 16 bytes of the texts.
      const bytes = (232 - 8 * numbers - 16 * Math.max(0, texts - 1)) & ~7
      return Math.max(32, Math.min(bytes, 176))
    },
    escapesKeysTwice: minor === 22 || minor === 23,
    countsTurnHex: minor >= 24,
    loopsOverMaps: minor >= 22,
    attachesUprobesAtOnce: minor >= 20,
    keepsToProcess: minor >= 23,
    seesPidNamespace: minor >= 23,
    // Up to 0.17 there are no raw stacks; `perf` begins each line with the address, too.
    spell: (program) =>
      minor >= 18
        ? program
        : program.replace(/"(?:[^"\\]|\\.)*"|\b([ku]stack)\(raw\b/g, (text, name?: string) =>
            name === undefined ? text : `${name}(perf`,
          ),
  }
}

/** Whether tstrace can drive a version. */
export function isSupported(version: string): boolean {
  return minorOf(version) >= minorOf(oldestSupported)
}

/** bpftrace has been 0.x for all its life; a 1.0 would sort above every 0.x here. */
function minorOf(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 1000 + minor
}
