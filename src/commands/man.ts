import {Args, Command} from '../engine/oclif.js'
import {report} from '../engine/define.js'

export default class Man extends Command {
  static override readonly summary = "Show a tool's man page."
  static readonly completes = {tool: {from: 'command'}}
  static override readonly args = {
    tool: Args.string({description: 'The tool.', required: true, ignoreStdin: true}),
  }
  static override readonly examples = ['<%= config.bin %> man opensnoop']

  async run(): Promise<void> {
    const {args} = await this.parse(Man)
    const {showMarkdown, showPage} = await import('../engine/help/man.js')
    const command = this.config.findCommand(args.tool)
    const plugin = this.config.plugins.get(command?.pluginName ?? '')
    if (plugin === undefined || plugin.root === this.config.root || !('tstrace' in (command ?? {}))) {
      process.exitCode = await showPage(args.tool, [this.config.root])
      return
    }
    const [{pluginPage}, {loadTools}, {Words}] = await Promise.all([
      import('../engine/page/plugin.js'),
      import('../engine/tools.js'),
      import('../engine/words.js'),
    ])
    const tools = await loadTools(this.config, new Words({quiet: false, verbose: false}), [args.tool])
    for (const [name, tool] of tools)
      process.exitCode = await showMarkdown(name, pluginPage(name, tool, plugin.root), plugin.version)
  }

  protected override catch(error: unknown): Promise<void> {
    report(error, this.id, this.ctor.flags)
    return Promise.resolve()
  }
}
