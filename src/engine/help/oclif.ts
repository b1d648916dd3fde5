import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {type Command, Help, type Interfaces} from '../oclif.js'
import {UsageError} from '../errors.js'
import {isIt} from '../near.js'
import {report} from '../define.js'
import {commandHelp} from './command.js'
import {rootHelp} from './root.js'

/** Shows our help where oclif would show its own; `package.json` names it. */
export default class TstraceHelp extends Help {
  override showRootHelp(): Promise<void> {
    const {description = ''} = this.config.pjson as {description?: string}
    this.log(rootHelp(description, this.sortedCommands).trimEnd())
    return Promise.resolve()
  }

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    // Those of oclif's plugins are written for oclif's form.
    if (command.pluginName?.startsWith('@oclif/') === true) return super.showCommandHelp(command)
    const root = this.config.plugins.get(command.pluginName ?? '')?.root ?? this.config.root
    const hasPage = existsSync(join(root, 'man', `${command.id}.8.md`))
    this.log(commandHelp(command, hasPage).trimEnd())
  }

  override async showHelp(argv: string[]): Promise<void> {
    const words = argv.filter((word) => word !== 'help' && !word.startsWith('-'))
    const isKnown = (id: string): boolean =>
      this.config.findCommand(id) !== undefined || this.config.findTopic(id) !== undefined
    const [first] = words
    if (first !== undefined && !isKnown(first) && !isKnown(words.join(':'))) {
      report(unknownCommand(this.config, words), undefined)
      return
    }
    return super.showHelp(argv)
  }
}

/** What to say to a word that is no command. @param words as they were typed */
export function unknownCommand(config: Interfaces.Config, words: readonly string[]): UsageError {
  const [first = ''] = words
  const names = [...new Set(config.commandIDs.map((id) => id.split(':')[0] ?? id))]
  return new UsageError(`there is no command '${first}'`, {
    hint: isIt(first, names) ?? '`tstrace` lists the commands',
  })
}
