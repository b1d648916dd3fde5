import {Args, Command} from '@oclif/core'
import {report} from '../engine/define.js'

export default class Man extends Command {
  static override readonly summary = "Show a tool's man page."
  static readonly completes = {tool: {from: 'tool'}}
  static override readonly args = {
    tool: Args.string({description: 'The tool.', required: true, ignoreStdin: true}),
  }
  static override readonly examples = ['<%= config.bin %> man opensnoop']

  async run(): Promise<void> {
    const {args} = await this.parse(Man)
    const {showPage} = await import('../engine/help/man.js')
    const packages = [...this.config.plugins.values()].map(({root}) => root)
    process.exitCode = await showPage(args.tool, packages)
  }

  protected override catch(error: unknown): Promise<void> {
    report(error, this.id, this.ctor.flags)
    return Promise.resolve()
  }
}
