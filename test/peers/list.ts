import {shownCommands} from './commands.js'

// Writes what test/peers/commands.json keeps, from an unpacked bpfcc-tools:
// node build/test/peers/list.js FOLDER >test/peers/commands.json
process.stdout.write(`${JSON.stringify(shownCommands(process.argv[2] ?? '/'), null, 2)}\n`)
