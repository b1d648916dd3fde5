import {boot} from './boot.js'
import {explain, GuestError} from './host.js'
import {parseOptions, USAGE, type Options} from './options.js'
import {findPair, pairs} from './pairs.js'
import {isPrepared, prepare} from './prepare.js'

async function main(options: Options): Promise<number> {
  if (options.action === 'help') return print(USAGE)
  if (options.action === 'list') return print(await list())
  const pair = findPair(options.pair)
  const machine = await prepare(pair)
  if (options.action === 'prepare') return 0
  const {command, headers, shell} = options
  return boot(machine, {pair, command, headers, shell}, options)
}

async function list(): Promise<string> {
  const lines = pairs.map(async (pair) => {
    const state = (await isPrepared(pair)) ? 'prepared' : 'not downloaded yet'
    return `${pair.name.padEnd(15)}${pair.summary} (${pair.onDemand ? 'on demand, ' : ''}${state})`
  })
  return (await Promise.all(lines)).join('\n')
}

function print(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}

try {
  process.exitCode = await main(parseOptions(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`guest: ${explain(error)}\n`)
  process.exitCode = error instanceof GuestError ? error.exitCode : 70
}
