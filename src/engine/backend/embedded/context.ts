import type {PidNamespace} from '../../kernel/pidnamespace.js'
import type {Standing} from '../../kernel/probes/boundaries.js'
import type {CType, KernelTypes} from '../../program/ctype.js'
import type {TracepointField} from '../../program/fields.js'

/** A function of the kernel as BTF describes it. */
export interface FunctionType {
  /** Its id there, by which fentry names it. */
  readonly typeId: number
  readonly parameters: readonly {readonly name: string; readonly type: CType}[]
  readonly returned: CType
}

/** A place in a program or library. */
export interface UserPlace {
  readonly name: string
  /** In the file. */
  readonly offset: number
}

export interface UsdtPlace {
  readonly provider: string
  readonly name: string
  readonly offset: number
  /** In the file; 0 for none. */
  readonly semaphore: number
  /** Where the arguments are, in the assembler's words. */
  readonly arguments: string
}

/** Everything that a compilation asks of the machine and of the run. Each question is asked only when it matters. */
export interface CompileContext {
  /** `x64` or `arm64`. */
  readonly arch: string
  /** Of Linux, such as [6, 12]. */
  readonly release: readonly [major: number, minor: number]
  /** How many CPUs the machine can have. */
  readonly cpus: number
  /** Types of the kernel; undefined where it does not describe them. */
  readonly types: KernelTypes | undefined
  /** A constant of an enumeration of the kernel. */
  readonly constant: (name: string) => bigint | undefined
  /** All tracepoints, as `category:event`. */
  readonly tracepoints: () => readonly string[]
  /** The fields of a tracepoint; undefined if there is none of this name. */
  readonly tracepoint: (category: string, name: string) => readonly TracepointField[] | undefined
  /** The functions of the kernel that a glob matches. */
  readonly functions: (glob: string) => readonly string[]
  /** A function of the kernel by its name, for fentry, fexit and iterators. */
  readonly functionType: (name: string) => FunctionType | undefined
  /** The names of all functions that the kernel describes, those that cannot be traced included. */
  readonly functionNames: () => ReadonlySet<string>
  /** The address of a symbol of the kernel, functions and data. */
  readonly kernelAddress: (symbol: string) => bigint | undefined
  /** The file that is meant by a path, by the name of a library (`libc`) or of a program (`bash`); globs give several. */
  readonly files: (target: string) => readonly string[]
  /** The functions of a file that a glob matches. */
  readonly userFunctions: (path: string, glob: string) => readonly UserPlace[]
  /** Whether a probe at a place of a file makes programs crash. */
  readonly isMisexecuted: (path: string, offset: number) => boolean
  /** Whether a function or an instruction begins at a place of a file. */
  readonly standing: (path: string, offset: number) => Standing
  /** Where an address of a file, before it is moved to its place, is in the file. */
  readonly userOffset: (path: string, address: number) => number | undefined
  /** The address, before the file is moved to its place, of a place in the file. */
  readonly userAddress: (path: string, offset: number) => number | undefined
  /** The address of a symbol of a file, functions and data, and how many bytes it has. */
  readonly userSymbol: (
    path: string,
    symbol: string,
  ) => {readonly address: bigint; readonly size: number} | undefined
  readonly usdt: (path: string) => readonly UsdtPlace[]
  /** The id of a cgroup by its path; undefined where there is none. */
  readonly cgroupId: (path: string) => bigint | undefined
  /** The values of $1, $2 and so on. */
  readonly parameters: readonly string[]
  /** What getopt() gives: `--name=value`, or `--name` alone. */
  readonly options: ReadonlyMap<string, string | true>
  /** Bytes for a text, the end included. */
  readonly textRoom: number
  /** Settings that overrule those of the program, and what they were given by: a variable of the environment, a flag. */
  readonly overrides: readonly {readonly name: string; readonly value: string; readonly by: string}[]
  /** How many keys a map has room for. */
  readonly mapKeys: number
  /** How many frames a stack has where the program does not say. */
  readonly stackDepth: number
  /** Bytes of a page of memory. */
  readonly pageSize: number
  /** Bytes of the ring of records, a power of two, unless a setting says otherwise. */
  readonly ringBytes: number
  /** The maps with keys that are read beside the program, with their `@`; undefined where all of them are. */
  readonly readMaps: readonly string[] | undefined
  /** Whether the reader is woken by every record, not by many of them or a timer. */
  readonly wakesAtOnce: boolean
  /** The pid namespace by whose ids programs know processes; undefined for that of the machine itself. */
  readonly pidNamespace: PidNamespace | undefined
  /** The process that traces. */
  readonly tracer: number
  /** The process that was started to be traced; 0 for none. */
  readonly child: number
  /** The process that probes of user functions are for; 0 for all. */
  readonly process: number
  /** Whether probes may be where they may harm. */
  readonly unsafe: boolean
  /** Nanoseconds of the boot clock, from which `elapsed` counts. */
  readonly now: () => bigint
}

/** A ring has a power of two of pages. */
export function ringBytes(pages: number, pageSize: number): number {
  return 2 ** Math.ceil(Math.log2(pages)) * pageSize
}

/** Whether the kernel is of a release or later. */
export function isSince(
  {release: [major, minor]}: CompileContext,
  wanted: readonly [number, number],
): boolean {
  return major !== wanted[0] ? major > wanted[0] : minor >= wanted[1]
}
