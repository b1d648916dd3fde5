import {Args, Command} from '../engine/oclif.js'
import {report} from '../engine/define.js'
import {UsageError} from '../engine/errors.js'
import {Words} from '../engine/words.js'

export default class NewTool extends Command {
  static override readonly summary =
    'Write the skeleton of a tool, with tests that fail until it does something.'
  static override readonly description =
    'In an empty folder it makes a plugin, in that of a plugin it adds a tool, in the repository of tstrace one of ours.'
  static override readonly args = {
    name: Args.string({description: 'What the tool is to be called.', required: true, ignoreStdin: true}),
  }
  static override readonly examples = ['<%= config.bin %> new-tool synccount']

  async run(): Promise<void> {
    const {args} = await this.parse(NewTool)
    const {placeOf, writeTool} = await import('../engine/authoring/newtool.js')
    if (this.config.findCommand(args.name) !== undefined)
      throw new UsageError(`tstrace has a command '${args.name}'`, {hint: '`tstrace list` lists the tools'})
    const place = placeOf(process.cwd())
    for (const path of writeTool(args.name, place, this.config.root)) this.log(path)
    const next =
      place.kind === 'empty'
        ? 'npm install && npm test'
        : place.kind === 'plugin'
          ? 'npm test'
          : './check build lint unit'
    new Words({quiet: false, verbose: false}).say(`Each TODO in them is for you; next: ${next}`)
  }

  protected override catch(error: unknown): Promise<void> {
    report(error, this.id, this.ctor.flags)
    return Promise.resolve()
  }
}
