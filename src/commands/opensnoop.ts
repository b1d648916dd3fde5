import {
  all,
  any,
  type Bt,
  bt,
  byCgroup,
  byName,
  byPid,
  byPinnedMap,
  byTid,
  byUid,
  columns as shared,
  computed,
  defineTool,
  Flags,
  fullPath,
  int,
  largeFile,
  openFlagNames,
  openFlags,
  parseOpenFlag,
  pieces,
  type ProgramParts,
  readable,
  text,
  type Text,
  usesMode,
  type Value,
} from '../tool.js'

/** AT_FDCWD: a relative path begins at the working directory. */
const workingDirectory = bt`-100`
const slash = 47
/** How many directories -F climbs; what is above is shown as `...`. */
const deepest = 32
/** Where `mnt`, which files point to, lies in `struct mount`; the same from Linux 3.3 to 6.18 on 64 bits. */
const mntOffset = 32

/** The kernel adds O_LARGEFILE for 64-bit programs before it comes to the function; callers hardly do. */
const withoutLargeFile = 0xffffffff - largeFile

/** The calls, and where each keeps what we want. creat(2) has its flags by definition. */
const calls = [
  {
    name: 'open',
    path: bt`args->filename`,
    directory: workingDirectory,
    flags: bt`args->flags`,
    mode: bt`args->mode`,
  },
  {
    name: 'creat',
    path: bt`args->pathname`,
    directory: workingDirectory,
    flags: bt`577`,
    mode: bt`args->mode`,
  },
  {
    name: 'openat',
    path: bt`args->filename`,
    directory: bt`args->dfd`,
    flags: bt`args->flags`,
    mode: bt`args->mode`,
  },
  {
    name: 'openat2',
    path: bt`args->filename`,
    directory: bt`args->dfd`,
    flags: bt`args->how->flags`,
    mode: bt`args->how->mode`,
  },
]

const flags = {
  timestamp: Flags.flag('Show the time of each event.', {char: 'T'}),
  'print-uid': Flags.flag('Show the user id.', {char: 'U'}),
  failed: Flags.flag('Show failed opens only.', {
    char: 'x',
    group: 'filter',
  }),
  'extended-fields': Flags.flag('Show the flags and the mode of the call.', {
    char: 'e',
    aliases: ['extended_fields'],
  }),
  'flag-filter': Flags.parsedList('Show opens with this flag, as O_WRONLY; may be repeated.', {
    char: 'f',
    aliases: ['flag_filter'],
    value: 'FLAG',
    completes: {from: openFlags},
    parse: parseOpenFlag,
    details:
      'O_RDONLY, O_WRONLY and O_RDWR compare the access mode; any other flag must be set, with all its bits. Several -f are alternatives.',
  }),
  path: Flags.glob("Show opens of paths that match, as '*.conf'.", {
    value: 'GLOB',
    details:
      '`*` matches any characters, also `/`; `?` one; `[a-z]` one of a set. The whole path must match: as given to the call, or the full path with -F.',
  }),
  'full-path': Flags.flag('Show relative paths with the directory they start from.', {
    char: 'F',
    details:
      'The directory is the one the call used, also for a directory descriptor, read in the kernel at the time of the call; mount points are followed, symbolic links in PATH are not.',
  }),
}

type Parts = ProgramParts<typeof flags>

export default defineTool({
  group: 'files',
  summary: 'Trace open() calls: which files are opened, by whom, and which opens fail.',
  description:
    'Prints a line for each open(2), creat(2), openat(2) and openat2(2) call when it returns. It shows where a program looks for its configuration, what it logs to, and what it misses.',
  examples: [
    {command: 'opensnoop', description: 'Trace every open until Ctrl-C'},
    {command: 'opensnoop -x -p 181', description: 'Failed opens of process 181'},
    {
      command: 'opensnoop -T -U -n nginx',
      description: 'Threads whose name contains nginx, with time and user',
    },
    {
      command: "opensnoop -d 10 --path '/etc/*' --json",
      description: 'Ten seconds of opens below /etc, for a program',
    },
    {command: 'opensnoop -F -- ls', description: 'One command, from its first instruction to its end'},
  ],
  requirements:
    'Root, and the tracepoints of system calls (CONFIG_FTRACE_SYSCALLS) or Linux 5.6 with kernel types (BTF).',
  overhead: {
    rate: 'opens per second, often below 1,000',
    cost: 'Low: 0.8 to 9 microseconds for each open that is shown, less for others.',
  },
  flags,
  letters: {duration: 'd', 'buffer-pages': 'b', verbose: 'v'},
  filters: [byPid, byTid, byUid, byName, byCgroup, byPinnedMap],
  columns: {
    time: shared.time,
    time_ns: shared.timeNs,
    uid: shared.uid,
    user: shared.user,
    pid: shared.pid,
    tid: shared.tid,
    comm: shared.comm,
    fd: int(bt`$fd`, 4, 'File descriptor, or -1 if the open failed.'),
    errno: int(bt`$err`, 3, 'Error number, or 0.', {header: 'ERR'}),
    error: shared.error,
    flags: int(bt`$flags`, 8, 'Flags of the call, in octal.', {
      align: 'left',
      cell: (value) => octal(value, 8),
    }),
    flag_names: computed(
      ['flags'],
      (row) => openFlagNames(Number(row['flags'])),
      32,
      'Flags of the call, by name.',
    ),
    mode: computed(
      ['flags', 'mode_bits'],
      (row) => (usesMode(Number(row['flags'])) ? Number(row['mode_bits']) & 0o7777 : null),
      4,
      'Mode for a new file, in octal; n/a where the call cannot make one.',
      {cell: (value) => (value === null ? 'n/a ' : octal(value, 4))},
    ),
    mode_bits: int(bt`$mode`, 0, 'Mode as given to the call.', {internal: true}),
    path: text(bt`str($path)`, 32, 'Path as given to the call.'),
    full_path: computed(
      ['path', 'directories'],
      (row) => fullPath(row['path'] as Text, row['directories'] as readonly Text[] | null, deepest),
      32,
      'Path from the root, shown instead of PATH with -F.',
      {header: 'PATH'},
    ),
    directories: pieces(bt`$depth`, 'Directories from the innermost outwards.', {internal: true}),
  },
  show: (flags) => [
    ...(flags.timestamp ? ['time'] : []),
    ...(flags['print-uid'] ? ['uid'] : []),
    ...['pid', 'comm', 'fd', 'errno'],
    ...(flags['extended-fields'] ? ['flags', 'mode'] : []),
    flags['full-path'] ? 'full_path' : 'path',
  ],
  keep: ({path, 'full-path': full}) => {
    if (path === undefined) return undefined
    const column = full ? 'full_path' : 'path'
    return {reads: [column], test: (row) => path.test(readable(row[column] as Text))}
  },
  sources: [
    {
      name: 'tracepoint',
      description: 'The tracepoints of the system calls.',
      needs: ['tracepoint:syscalls:sys_enter_openat', 'tracepoint:syscalls:sys_exit_openat'],
      // openat2 keeps its flags in a structure, and directories are structures of the kernel.
      alsoNeeds: (parts) => (needsFlags(parts) || parts.sends('directories') ? ['btf'] : []),
      program: (parts) => [
        ...calls.map((call) => ({
          probes: [`tracepoint:syscalls:sys_enter_${call.name}`],
          when: parts.filters,
          body: remember(parts, call),
        })),
        {
          probes: calls.map(({name}) => `tracepoint:syscalls:sys_exit_${name}`),
          when: [bt`@path[tid]`],
          body: bt`
            $ret = args->ret;
            ${recall(parts)}`,
        },
      ],
    },
    {
      name: 'fentry',
      description: 'The function behind all four calls, on its return; also sees opens of 32-bit programs.',
      needs: ['btf', 'fentry:do_sys_openat2'],
      program: (parts) => [
        {
          probes: ['fexit:do_sys_openat2'],
          when: parts.filters,
          body: bt`
            $ret = (int64)retval;
            $path = uptr((uint64)args->filename);
            ${needsFlags(parts) && bt`$flags = args->how->flags & ${withoutLargeFile};`}
            ${parts.sends('mode_bits') && bt`$mode = args->how->mode;`}
            ${parts.sends('directories') && bt`$directory = (int32)args->dfd;`}
            ${show(parts)}`,
        },
      ],
    },
    {
      name: 'kprobe',
      description: 'The same function by kprobe and kretprobe, for kernels without BTF trampolines.',
      needs: ['btf', 'kprobe:do_sys_openat2'],
      program: (parts) => [
        {
          probes: ['kprobe:do_sys_openat2'],
          when: parts.filters,
          body: remember(parts, {
            path: bt`arg1`,
            directory: bt`arg0`,
            flags: bt`((struct open_how *)arg2)->flags & ${withoutLargeFile}`,
            mode: bt`((struct open_how *)arg2)->mode`,
          }),
        },
        {
          probes: ['kretprobe:do_sys_openat2'],
          when: [bt`@path[tid]`],
          body: bt`
            $ret = (int64)retval;
            ${recall(parts)}`,
        },
      ],
    },
  ],
})

/** At the start of a call: keeps what is gone or changed at its end. An entry is there even for a NULL path. */
function remember(
  parts: Parts,
  call: Pick<(typeof calls)[number], 'path' | 'directory' | 'flags' | 'mode'>,
): Bt {
  return bt`
    @path[tid] = (uint64)${call.path} + 1;
    ${needsFlags(parts) && bt`@flags[tid] = (uint64)(${call.flags});`}
    ${parts.sends('mode_bits') && bt`@mode[tid] = (uint64)(${call.mode});`}
    ${parts.sends('directories') && bt`@directory[tid] = (int32)${call.directory};`}`
}

/** At the end of a call, which is when its path is sure to be in memory: shows it and forgets it. */
function recall(parts: Parts): Bt {
  return bt`
    $path = uptr(@path[tid] - 1);
    ${needsFlags(parts) && bt`$flags = @flags[tid];`}
    ${parts.sends('mode_bits') && bt`$mode = @mode[tid];`}
    ${parts.sends('directories') && bt`$directory = @directory[tid];`}
    ${show(parts)}
    ${maps(parts).map((map) => bt`delete(${map}[tid]);`)}`
}

function maps(parts: Parts): Bt[] {
  return [
    bt`@path`,
    ...(needsFlags(parts) ? [bt`@flags`] : []),
    ...(parts.sends('mode_bits') ? [bt`@mode`] : []),
    ...(parts.sends('directories') ? [bt`@directory`] : []),
  ]
}

/** Sends the row if -x and -f let it pass. */
function show(parts: Parts): Bt {
  const {failed, 'flag-filter': wanted} = parts.flags
  const conditions = all([
    failed && bt`$ret < 0`,
    wanted && any(wanted.map(({mask, value}) => bt`($flags & ${mask}) == ${value}`)),
  ])
  const body = bt`
    ${parts.sends('fd') && bt`$fd = $ret >= 0 ? $ret : -1;`}
    ${parts.sends('errno') && bt`$err = $ret < 0 ? -$ret : 0;`}
    ${parts.sends('directories') && climb(parts)}
    ${parts.emit}`
  return conditions.isEmpty
    ? body
    : bt`
      if (${conditions}) {
        ${body}
      }`
}

/** Sends the directories above a relative path, across mount points, and counts them in `$depth`. */
function climb({stamp, emitPiece}: Parts): Bt {
  return bt`
    ${stamp}
    $depth = 0;
    if (*uptr((uint8 *)$path) != ${slash}) {
      $dentry = curtask->fs->pwd.dentry;
      $mount = (struct mount *)((uint64)curtask->fs->pwd.mnt - ${mntOffset});
      if ($directory != ${workingDirectory}) {
        $file = (struct file *)*kptr((uint64 *)((uint64)curtask->files->fdt->fd + 8 * (uint64)$directory));
        $dentry = $file->f_path.dentry;
        $mount = (struct mount *)((uint64)$file->f_path.mnt - ${mntOffset});
      }
      unroll(${deepest}) {
        if ((uint64)$dentry == (uint64)$mount->mnt.mnt_root && (uint64)$mount != (uint64)$mount->mnt_parent) {
          $dentry = $mount->mnt_mountpoint;
          $mount = $mount->mnt_parent;
        }
        if ((uint64)$dentry != (uint64)$dentry->d_parent) {
          $depth += 1;
          ${emitPiece('directories', bt`str($dentry->d_name.name)`)}
          $dentry = $dentry->d_parent;
        }
      }
    }`
}

function needsFlags(parts: Pick<Parts, 'sends' | 'flags'>): boolean {
  return parts.sends('flags') || parts.flags['flag-filter'] !== undefined
}

function octal(value: Value, digits: number): string {
  return Number(value).toString(8).padStart(digits, '0')
}
