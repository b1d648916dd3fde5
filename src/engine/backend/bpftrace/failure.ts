import {MachineError, ProgramError, RunError, type TstraceError} from '../../errors.js'

/** How a bpftrace process ended that nobody asked to end. */
export interface Exit {
  readonly version: string
  readonly code: number | null
  readonly signal: string | null
  /** What it wrote that is not a message, oldest first. */
  readonly words: readonly string[]
}

/**
 * The first is written at every start where CAP_SYS_RESOURCE is missing; kernels since 5.11 do not need the limit. The
 * second comes for each stack that was not kept, and the decoder knows about those (0.17).
 */
const harmless = /couldn't set RLIMIT_MEMLOCK|failed to look up stack id|^\s*$/

/** Lines worth telling a user. */
export function tellingWords(words: readonly string[]): string[] {
  return words.filter((line) => !harmless.test(line))
}

/** The error for a bpftrace that ended before its probes were attached. */
export function startFailure({version, code, signal, words}: Exit): TstraceError {
  const context = tellingWords(words).slice(0, 20)
  const text = context.join('\n')
  if (signal !== null) {
    return new RunError(`bpftrace ${version} crashed while starting (${signal})`, {
      context,
      hint: 'see whether `bpftrace -e "BEGIN { exit(); }"` works; TSTRACE_BPFTRACE can name another bpftrace',
    })
  }
  if (/only supports running as the root user|Missing CAP_\w+/.test(text)) {
    return new MachineError(`bpftrace ${version} lacks the privileges to trace`, {
      context,
      hint: 'run tstrace as root',
    })
  }
  if (/uprobe_events\): Read-only file system/.test(text)) {
    return new MachineError(
      `tracefs is read-only, where bpftrace ${version} registers functions of programs`,
      {
        context,
        hint: 'mount it writable (in a container: without `:ro`), or take --engine embedded, which does without',
      },
    )
  }
  if (/Operation not permitted|lockdown/i.test(text)) {
    return new MachineError(`the kernel did not let bpftrace ${version} trace`, {
      context,
      hint: '`tstrace doctor` shows what is refused; a container needs CAP_BPF, CAP_PERFMON and seccomp=unconfined',
    })
  }
  if (/install BTF information/.test(text)) {
    return new MachineError(`bpftrace ${version} could not read the types of the kernel`, {
      context,
      hint: '`tstrace doctor` shows whether the kernel describes them, and whether bpf(2) is refused',
    })
  }
  if (/perf_event_open.*Unknown error 524/.test(text)) {
    return new MachineError('the kernel takes no probe on the instruction at which a function begins', {
      context,
      hint: 'leave the function out; --engine embedded does so by itself, and names it',
    })
  }
  if (
    /^[\w./-]+:\d+(-\d+|:\d+-\d+)?: ERROR|stack limit|Error (loading|attaching)|failed to (load|attach)/im.test(
      text,
    )
  ) {
    return new ProgramError(`bpftrace ${version} refused the program`, {
      context,
      hint: 'this is a bug of tstrace or bpftrace: please report it with the output of the same command and --program',
    })
  }
  return new RunError(`bpftrace ${version} ended while starting, with exit code ${code}`, {
    context,
    hint: 'see whether `bpftrace -e "BEGIN { exit(); }"` works; TSTRACE_BPFTRACE can name another bpftrace',
  })
}

/** The error for a bpftrace that ended in the middle of a run. */
export function midRunFailure({version, code, signal, words}: Exit): TstraceError {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`
  return new RunError(
    `bpftrace ${version} died in the middle of the run, ${how}; what it had not sent is lost`,
    {
      context: tellingWords(words).slice(-10),
      hint:
        signal === 'SIGKILL'
          ? 'the kernel may have run out of memory: see `dmesg`'
          : 'run it again; `dmesg` may say more',
    },
  )
}
