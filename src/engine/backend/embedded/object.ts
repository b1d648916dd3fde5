/**
 * What the compiler makes of a program and the loader puts into the kernel: instructions, maps, attach points, and the
 * shapes by which the runtime reads what comes back. Plain data, so that each phase can be tested alone.
 */

/** One instruction (include/uapi/linux/bpf.h). A load of a 64-bit constant is one here and takes two in the kernel. */
export interface Instruction {
  readonly code: number
  readonly dst: number
  readonly src: number
  /** For jumps counted in slots of the kernel, as it wants them. */
  readonly off: number
  readonly imm: number | bigint
  /** The map whose file descriptor a 64-bit load takes, by its place in `maps`; with `value`, the address of its value. */
  readonly map?: {readonly index: number; readonly value?: boolean}
  /** Where in the text of the program it comes from, to say so when the verifier refuses it. */
  readonly at?: number
}

export interface KernelMap {
  /** At most 15 characters; for bpftool and for errors. */
  readonly name: string
  /** BPF_MAP_TYPE_*. */
  readonly type: number
  readonly keySize: number
  readonly valueSize: number
  readonly entries: number
  /** BPF_F_*. */
  readonly flags: number
  /** It is there already, under this name in a bpf file system; only its keys have to be of the size. */
  readonly pinned?: string
  /** What the single value of an array begins with. */
  readonly initial?: Buffer
  /** The types of keys and values in the object's `btf`, where the kernel asks for them. */
  readonly typeIds?: {readonly key: number; readonly value: number}
}

/** Where a program is attached. */
export type Attachment =
  | {readonly kind: 'begin' | 'end'}
  | {readonly kind: 'tracepoint'; readonly category: string; readonly name: string}
  | {readonly kind: 'rawtracepoint'; readonly name: string}
  | {
      readonly kind: 'kprobe' | 'kretprobe'
      /** More than one where a wildcard stood for them; attached at once where the kernel can. */
      readonly functions: readonly string[]
      readonly offset: number
    }
  | {readonly kind: 'fentry' | 'fexit'; readonly function: string; readonly typeId: number}
  | {
      readonly kind: 'uprobe' | 'uretprobe'
      readonly path: string
      /** Places in the file; more than one as with kprobes. */
      readonly offsets: readonly number[]
      /** What the functions there are called, one for each offset. */
      readonly names?: readonly string[]
      /** Where in the file the semaphores of USDT probes are, one for each offset; 0 for none. */
      readonly semaphores?: readonly number[]
      readonly pid?: number
    }
  /** On every CPU. */
  | {readonly kind: 'profile'; readonly frequency: number}
  | {readonly kind: 'profile' | 'interval'; readonly nanoseconds: bigint}
  | {
      readonly kind: 'software' | 'hardware'
      readonly type: number
      readonly config: number
      readonly period: number
    }
  | {readonly kind: 'iter'; readonly target: string; readonly typeId: number}

export interface KernelProgram {
  /** The probe as the text names it, such as `tracepoint:syscalls:sys_enter_open`. */
  readonly probe: string
  /** BPF_PROG_TYPE_*. */
  readonly type: number
  readonly attachment: Attachment
  /** Programs with one and the same list (by identity) and type need to be loaded only once. */
  readonly instructions: readonly Instruction[]
  /**
   * For callbacks: the functions of the program, by the slot each begins at, and their type in `btf`; the first is the
   * program itself. The kernel wants to be told (`func_info`); missing where there are no callbacks.
   */
  readonly functions?: readonly {readonly slot: number; readonly typeId: number}[]
}

/** How the bytes of a value are read. */
export type Shape =
  | {readonly kind: 'int'; readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean; readonly bool?: true}
  /** Ends at its first NUL, or with its room. */
  | {readonly kind: 'text'; readonly bytes: number}
  /** A length of 4 bytes, then as many of them, then what fills the `bytes`: buf(). */
  | {readonly kind: 'buffer'; readonly bytes: number}
  /**
   * In records only, in place of `text` and `buffer`, so that a record is as long as what it holds: where in the record it
   * begins (4 bytes, counted from the first byte of the record; 0 where there is none), then how many bytes (4).
   */
  | {readonly kind: 'elsewhere'; readonly of: 'text' | 'buffer'}
  | {
      readonly kind: 'tuple'
      readonly bytes: number
      readonly parts: readonly {readonly offset: number; readonly shape: Shape}[]
    }
  | {readonly kind: 'array'; readonly of: Shape; readonly length: number}
  | {
      readonly kind: 'record'
      readonly bytes: number
      readonly fields: readonly {readonly name: string; readonly offset: number; readonly shape: Shape}[]
    }
  /**
   * An id of 8 bytes, the key in the map of stacks, 0 for no stack; the process (4 bytes); 4 bytes of nothing. What the map
   * holds: how many frames (8 bytes), then the address of each (8 bytes), the leaf first. The id is a hash of them.
   */
  | {
      readonly kind: 'stack'
      readonly of: 'kernel' | 'user'
      readonly map: number
      readonly depth: number
      readonly form: 'bpftrace' | 'perf' | 'raw'
    }
  /** An address of 8 bytes; for a user symbol then the process (4 bytes) and 4 bytes of nothing. */
  | {readonly kind: 'symbol'; readonly of: 'kernel' | 'user'}
  /** A family of 4 bytes, then 16 bytes: ntop(). */
  | {readonly kind: 'address'}
  | {readonly kind: 'mac'}
  | {readonly kind: 'pointer'}
  /** A member that is no value here, such as a floating-point number: shown as `null`. */
  | {readonly kind: 'unknown'; readonly bytes: number}
  | {readonly kind: 'enum'; readonly bytes: number; readonly names: ReadonlyMap<bigint, string>}
  /** 8 bytes: nanoseconds of the boot clock, shown by a format of strftime(). */
  | {readonly kind: 'time'; readonly format: string}
  /** 8 bytes: the id of a cgroup, shown as its path: cgroup_path(). */
  | {readonly kind: 'cgroup'; readonly filter?: string}
  /** 8 bytes: an error number, shown as its text: strerror(). */
  | {readonly kind: 'errno'}
  /** 8 bytes: an id of a user, shown by name: username(). */
  | {readonly kind: 'username'}
  /** 4 bytes: one of these texts, such as that of a probe. */
  | {readonly kind: 'choice'; readonly texts: readonly string[]}

/** What a map of the program (`@name`) holds. */
export type Held =
  | {readonly kind: 'value'; readonly shape: Shape}
  /** The rest has a value for each CPU that are put together when it is read. */
  | {readonly kind: 'count'}
  | {readonly kind: 'sum'; readonly signed: boolean}
  /** The value (8 bytes), then whether there is one (8 bytes). */
  | {readonly kind: 'min' | 'max'; readonly signed: boolean}
  /** The sum (8 bytes), then the count (8 bytes). */
  | {readonly kind: 'avg' | 'stats'; readonly signed: boolean}
  /**
   * The last part of the key in the kernel is the bucket (8 bytes); without other keys, the map is an array whose places
   * are the buckets. Of a hist with `bits` b: 0 is for what is below 0, n + 1 for each n up to 2^b - 1; from there, where
   * 2^e is the highest power of two in n, `((e - b + 1) << b) + ((n >> (e - b)) & (2^b - 1)) + 1`. The count is unsigned.
   */
  | {readonly kind: 'hist'; readonly bits: number}
  /** 0 is for what is below `min`, then one for each step, the last for `max` and above. */
  | {readonly kind: 'lhist'; readonly min: bigint; readonly max: bigint; readonly step: bigint}

/** A map that the program names. */
export interface NamedMap {
  /** With its `@`. */
  readonly name: string
  readonly map: number
  readonly key: readonly Shape[]
  /** Where in the key each part is; the key of a hist or lhist goes on with the bucket. */
  readonly offsets: readonly number[]
  /** A map without a key is an array of one value; one with keys is a hash. */
  readonly held: Held
  /** Of an array: where in the value 8 bytes are that are 0 until the program sets it; such a map is not printed. */
  readonly present?: number
  /** The kernel keeps it with the threads: nobody but the program can read it. */
  readonly unreadable?: true
}

/**
 * What the program sends: each record in the ring begins with the place of its kind in `records` (4 bytes), then 4
 * bytes of nothing, then (from byte 8 on) the bytes of `shape`, then the texts that are `elsewhere`.
 */
export type RecordKind =
  /** print((...)) and print(value); a row when it is a tuple. */
  | {readonly kind: 'value'; readonly shape: Shape}
  /** The shape is a tuple of the arguments, empty where there are none. */
  | {
      readonly kind: 'printf' | 'errorf' | 'warnf' | 'debugf' | 'cat' | 'system'
      readonly format: string
      readonly shape: Shape
    }
  | {readonly kind: 'time'; readonly format: string}
  /** The shape is an array of texts elsewhere; those that are not there are at 0. */
  | {readonly kind: 'join'; readonly separator: string; readonly shape: Shape}
  | {readonly kind: 'print'; readonly named: number; readonly top?: number; readonly divisor?: number}
  | {readonly kind: 'clear' | 'zero'; readonly named: number}
  /** The shape is the exit code, where one was given. */
  | {readonly kind: 'exit'; readonly shape?: Shape}

/** What the settings say of how bpftrace's output is printed. */
export interface PrintSettings {
  /** Whether the maps are printed at the end. */
  readonly mapsAtEnd: boolean
  /** A text of so many bytes is all that there was room for; the mark is printed behind it. */
  readonly cut: {readonly bytes: number; readonly mark: string}
  /** How much of a file cat() shows. */
  readonly catBytes: number
  /** Whether names of C++ and Rust are shown as in the source. */
  readonly demangles: boolean
}

/** A whole compiled program. */
export interface ObjectFile {
  readonly maps: readonly KernelMap[]
  readonly programs: readonly KernelProgram[]
  readonly named: readonly NamedMap[]
  readonly records: readonly RecordKind[]
  /** Which map is the ring that records come through. */
  readonly ring: number
  /**
   * A mappable array with one value that the programs look at first: while its first 4 bytes are not 0, no probe but END
   * does anything. exit() sets it; whoever stops the program may set it, so that nothing is counted while it is detached.
   * While the next 4 bytes are not 0, the reader sleeps: who sends a record sets them to 0 and wakes it.
   */
  readonly globals: number
  /** A per-CPU array whose values begin with 8 bytes for each of `losses`; those of all values belong together. */
  readonly counters: number
  /** What each counter of `counters` counts. */
  readonly losses: readonly (
    | {readonly kind: 'records'}
    | {readonly kind: 'map full'; readonly named: number}
    | {readonly kind: 'stacks'}
    /** Loops over more numbers than the kernel goes through. */
    | {readonly kind: 'ranges'}
  )[]
  readonly printing: PrintSettings
  /** What is done about probes that are not there or cannot be attached. */
  readonly missingProbes: 'error' | 'warn' | 'ignore'
  /** The types of the functions, for BPF_BTF_LOAD; missing where no program has `functions`. */
  readonly btf?: Buffer
  /** The functions it calls that change what they look at, such as `signal()`: a user has to allow them. */
  readonly unsafe: readonly string[]
  /** What the user should be told that is no error, such as probes that were left out. */
  readonly warnings: readonly string[]
}
