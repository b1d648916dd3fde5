import {Args, Command, Flags} from '../engine/oclif.js'
import {report} from '../engine/define.js'
import {exitCodes} from '../engine/errors.js'

/** Exits with 3 if a tool that was named cannot run here. */
export default class Doctor extends Command {
  static override readonly summary =
    'Show what this machine can do, and which event source each tool would use.'
  static readonly completes = {tool: {from: 'tool'}}
  static override readonly args = {
    tool: Args.string({
      description: 'Look at this tool only; exit with 3 if it cannot run.',
      ignoreStdin: true,
    }),
  }
  static override readonly flags = {json: Flags.boolean({description: 'Print one JSON object.'})}
  static override readonly examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor opensnoop']

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Doctor)
    const [{examine}, {loadTools}, {Words}] = await Promise.all([
      import('../engine/doctor.js'),
      import('../engine/tools.js'),
      import('../engine/words.js'),
    ])
    const words = new Words({quiet: false, verbose: false})
    const found = await examine(
      await loadTools(this.config, words, args.tool === undefined ? undefined : [args.tool]),
      this.config.version,
    )
    if (flags.json) this.log(JSON.stringify(found, null, 2))
    else this.log((await import('../engine/help/doctor.js')).doctorText(found).trimEnd())
    if (args.tool !== undefined && found.tools.some(({source}) => source === null))
      process.exitCode = exitCodes.machine
  }

  protected override catch(error: unknown): Promise<void> {
    report(error, this.id, this.ctor.flags)
    return Promise.resolve()
  }
}
