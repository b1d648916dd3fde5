import type {Hook} from '../engine/oclif.js'
import {report} from '../engine/define.js'

/** oclif asks it when the first words are no command. */
const hook: Hook.CommandNotFound = async function ({config, id}) {
  const {unknownCommand} = await import('../engine/help/oclif.js')
  report(unknownCommand(config, id.split(':')), undefined)
}

export default hook
