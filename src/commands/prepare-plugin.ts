import {resolve} from 'node:path'
import {Args, Command} from '../engine/oclif.js'
import {report} from '../engine/define.js'

export default class PreparePlugin extends Command {
  static override readonly summary = "Write a plugin's manifest and the generated sections of its man pages."
  static override readonly description =
    'For the author of a plugin, after each compilation; with the manifest, tstrace starts without loading the tools.'
  static override readonly args = {
    folder: Args.string({
      description: 'The folder of the plugin; this one if not given.',
      default: '.',
      ignoreStdin: true,
    }),
  }

  async run(): Promise<void> {
    const {args} = await this.parse(PreparePlugin)
    const {preparePlugin} = await import('../engine/authoring/prepare.js')
    await preparePlugin(resolve(args.folder))
  }

  protected override catch(error: unknown): Promise<void> {
    report(error, this.id, this.ctor.flags)
    return Promise.resolve()
  }
}
