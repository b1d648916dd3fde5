import {Command, Flags} from '../engine/oclif.js'
import {report} from '../engine/define.js'

export default class List extends Command {
  static override readonly summary = 'List the tools, one line each.'
  static override readonly flags = {json: Flags.boolean({description: 'Print one JSON array.'})}

  async run(): Promise<void> {
    const {flags} = await this.parse(List)
    const {listTools} = await import('../engine/tools.js')
    const tools = listTools(this.config)
    if (flags.json) {
      this.log(JSON.stringify(tools, null, 2))
      return
    }
    const width = Math.max(...tools.map(({name}) => name.length))
    for (const {name, summary} of tools) this.log(`${name.padEnd(width)}  ${summary}`)
  }

  protected override catch(error: unknown): Promise<void> {
    report(error, this.id, this.ctor.flags)
    return Promise.resolve()
  }
}
