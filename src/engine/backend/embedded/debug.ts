import type {Machine} from '../../kernel/machine.js'
import type {Script} from '../script.js'
import {compilePhases} from './compile.js'
import {disassemble} from './disassembler.js'
import {load} from './load.js'
import type {ObjectFile} from './object.js'
import {scriptContext} from './script.js'

/** What can be seen of a program between its text and the kernel. */
export type View = 'ast' | 'types' | 'bytecode' | 'verifier'

/** What a phase makes of a program, as text. @throws UsageError for what is wrong with the program */
export async function debugText(view: View, script: Script, machine: Machine): Promise<string> {
  const {tree, units, object} = compilePhases(script.text, await scriptContext(script, machine))
  switch (view) {
    case 'ast':
      return outline(tree)
    case 'types':
      return outline(units)
    case 'bytecode':
      return bytecode(object, script.text)
    case 'verifier':
      return verifierLogs(object, script.text)
  }
}

function bytecode({programs, maps}: ObjectFile, text: string): string {
  const mapLines = maps.map(
    ({name, type, keySize, valueSize, entries}, index) =>
      `map ${index} ${name}: type ${type}, key ${keySize}, value ${valueSize} bytes, ${entries} entries\n`,
  )
  const listings = programs.map(
    (program) => `\n${program.probe}:\n${disassemble(program, maps, text).join('\n')}\n`,
  )
  return mapLines.join('') + listings.join('')
}

async function verifierLogs(object: ObjectFile, text: string): Promise<string> {
  let logs = ''
  const loaded = await load(object, {
    text,
    logs: (probe, log) => (logs += `${logs === '' ? '' : '\n'}${probe}:\n${log.trimEnd()}\n`),
  })
  await loaded.close()
  return logs
}

/** A tree as JSON for people: numbers of any size, texts as texts, and without the places in the text. */
function outline(tree: unknown): string {
  const plain = (key: string, value: unknown): unknown => {
    if (key === 'place' || key === 'at') return undefined
    if (typeof value === 'bigint') return value.toString()
    if (isBuffer(value)) return Buffer.from(value.data).toString()
    if (value instanceof Map) return Object.fromEntries(value)
    if (value instanceof Set) return [...value]
    return typeof value === 'function' ? undefined : value
  }
  const json = JSON.stringify(tree, plain, 2)
  // What is short stands on one line.
  return `${json.replace(/[{[]\n[^{}[\]]*[}\]]/g, (part) => {
    const line = part.replace(/\s*\n\s*/g, ' ')
    return line.length <= 100 ? line : part
  })}\n`
}

/** A text of the program as JSON has it. */
function isBuffer(value: unknown): value is {data: number[]} {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'Buffer' &&
    'data' in value
  )
}
