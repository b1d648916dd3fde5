import {join} from 'node:path'
import {Args, Command} from '../engine/oclif.js'
import {completionScript, shells} from '../engine/complete/scripts.js'
import {report} from '../engine/define.js'
import {oneOf} from '../engine/flag.js'

export default class Completion extends Command {
  static override readonly summary = 'Print the script that makes a shell complete tstrace.'
  static override readonly description =
    'With it, TAB completes commands, flags and their values, processes, users, signals, and the names of functions, tracepoints and USDT probes. As root it knows more: only root may read the tracepoints.'
  static override readonly args = {
    shell: Args.string({description: `The shell: ${shells.join(', ')}.`, required: true, ignoreStdin: true}),
  }
  static readonly completes = {shell: {from: shells}}
  static override readonly examples = [
    {
      description: 'bash, for everybody',
      command: '<%= config.bin %> completion bash > /etc/bash_completion.d/tstrace',
    },
    {
      description: 'zsh, for everybody',
      command: '<%= config.bin %> completion zsh > /usr/local/share/zsh/site-functions/_tstrace',
    },
    {
      description: 'fish, for oneself',
      command: '<%= config.bin %> completion fish > ~/.config/fish/completions/tstrace.fish',
    },
    {
      description: 'bash or zsh, for this shell only',
      command: 'eval "$(<%= config.bin %> completion bash)"',
    },
  ]

  async run(): Promise<void> {
    const {args} = await this.parse(Completion)
    const shell = oneOf(shells, args.shell, 'SHELL')
    // Out of a clone, nothing called tstrace need be in PATH.
    const program =
      process.env['TSTRACE_LAUNCHER'] === undefined
        ? [this.config.bin]
        : [process.execPath, join(this.config.root, 'bin', 'run.js')]
    this.log(completionScript(shell, program).trimEnd())
  }

  protected override catch(error: unknown): Promise<void> {
    report(error, this.id, this.ctor.flags)
    return Promise.resolve()
  }
}
