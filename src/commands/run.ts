import {readFileSync} from 'node:fs'
import {Args, Command, Flags} from '../engine/oclif.js'
import {engineChoices} from '../engine/engines.js'
import {report} from '../engine/define.js'
import {UsageError} from '../engine/errors.js'

/** The views of `--debug`, as `engine/script.ts` has them. */
const views = ['ast', 'types', 'bytecode', 'verifier'] as const

const phases = 'see --debug=ast, types, bytecode or verifier'
const noHeaders =
  'types of the kernel need no headers; a program can define its own structures, or run with bpftrace itself'
const allWarned =
  'what is lost or cannot be attached is always said; other errors of helpers only bpftrace itself tells'

/** What is near to flags of bpftrace that are not here. */
const flagsOfBpftrace: Readonly<Record<string, string>> = {
  '-B': 'what is printed is written soon after, into pipes too',
  ...{'-d': phases, '-dd': phases, '--dry-run': phases, '--emit-elf': phases},
  ...{'-I': noHeaders, '--include': noHeaders},
  ...{'-k': allWarned, '-kk': allWarned, '--warnings': allWarned},
  '--no-warnings': 'is it --quiet?',
  '--cmd': 'is it --command?',
  '--pid': 'is it --process?',
  '--info': '`tstrace doctor` says what this machine can do',
  '--usdt-file-activation': 'USDT probes are switched on by the file anyway',
}

export default class Run extends Command {
  static readonly completes = {file: {from: 'file'}, process: {from: 'pid'}, command: {from: 'file'}}
  static override readonly summary = 'Run a bpftrace program: a script, or one line.'
  static override readonly description =
    'Runs a program in the language of bpftrace and prints what it prints, with the embedded engine or an installed bpftrace.'
  static override readonly usage = [
    '<%= command.id %> [FLAGS] (-e PROGRAM | FILE) [PARAMETER...]',
    '<%= command.id %> -l [PATTERN]',
  ]
  static override readonly strict = false
  static override readonly args = {
    file: Args.string({description: 'A file with the program, unless -e gives it.', ignoreStdin: true}),
  }
  static override readonly flags = {
    program: Flags.string({char: 'e', helpValue: 'PROGRAM', description: 'The program itself.'}),
    command: Flags.string({
      char: 'c',
      helpValue: 'COMMAND',
      description: 'Run this command line when all is attached, and end with it; `cpid` is its process.',
    }),
    process: Flags.integer({
      char: 'p',
      helpValue: 'PID',
      min: 1,
      description: 'Attach probes of user functions to this process only, and end with it.',
    }),
    engine: Flags.option({
      options: engineChoices,
      description: 'What runs the program; auto takes the best one that this machine and the program allow.',
    })(),
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      description: 'Write what the program prints to this file, and not to stdout.',
    }),
    format: Flags.option({
      char: 'f',
      options: ['text', 'json'] as const,
      default: 'text',
      description: 'Print text, or a line of JSON for each thing that is printed, as bpftrace has it.',
    })(),
    list: Flags.boolean({
      char: 'l',
      description:
        'List the probes that match a pattern, such as kprobe:vfs_*, or all; with -v, their arguments too.',
    }),
    unsafe: Flags.boolean({
      description:
        'Allow system(), signal() and the like, and probes at places where they may make programs crash.',
    }),
    'buffer-pages': Flags.integer({
      helpValue: 'N',
      min: 1,
      description: 'Size of the buffer between kernel and tstrace, in pages.',
    }),
    debug: Flags.option({
      options: views,
      description: 'Show what the embedded engine makes of the program, and do not run it.',
    })(),
    quiet: Flags.boolean({char: 'q', description: 'Say nothing on stderr but errors and lost events.'}),
    verbose: Flags.boolean({char: 'v', description: 'Say which engine is used and why.'}),
  }
  static override readonly examples = [
    "<%= config.bin %> run -e 'kprobe:vfs_read { @[comm] = count(); }'",
    "<%= config.bin %> run -c ls -e 't:syscalls:sys_enter_openat { @[comm] = count(); }'",
    '<%= config.bin %> opensnoop --program > opens.bt && <%= config.bin %> run opens.bt',
  ]

  async run(): Promise<void> {
    const {argv, flags} = await this.parse(Run)
    const words = argv.map(String)
    if (flags.list) return list(words[0], flags)
    const path = flags.program === undefined ? words.shift() : undefined
    const [{runScript}, {Words}] = await Promise.all([
      import('../engine/script.js'),
      import('../engine/words.js'),
    ])
    process.exitCode = await runScript({
      script: {
        path,
        text: flags.program ?? read(path),
        parameters: words,
        process: flags.process ?? 0,
        unsafe: flags.unsafe,
        quiet: flags.quiet,
        format: flags.format,
        bufferPages: flags['buffer-pages'],
      },
      engine: flags.engine,
      debug: flags.debug,
      command: flags.command,
      output: flags.output,
      words: new Words({quiet: flags.quiet, verbose: flags.verbose}),
    })
  }

  protected override catch(error: unknown): Promise<void> {
    report(error, this.id, this.ctor.flags, flagsOfBpftrace)
    return Promise.resolve()
  }
}

async function list(
  pattern: string | undefined,
  {output, quiet, verbose}: {output?: string | undefined; quiet: boolean; verbose: boolean},
): Promise<void> {
  const [{listProbes}, {Words}] = await Promise.all([
    import('../engine/probelist.js'),
    import('../engine/words.js'),
  ])
  await listProbes({pattern, details: verbose, output, words: new Words({quiet, verbose})})
}

function read(path: string | undefined): string {
  if (path === undefined) {
    throw new UsageError('there is no program to run', {
      hint: "name a file, or give the program with -e '...'",
    })
  }
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`cannot read the program ${path}: ${(cause as Error).message}`, {cause})
  }
}
