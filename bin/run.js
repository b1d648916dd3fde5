#!/usr/bin/env node
import {isatty} from 'node:tty'
import {setFlagsFromString} from 'node:v8'

// Else Node opens its debugger's port, through which any local user could run code as whoever traces.
process.on('SIGUSR1', () => {})

// A tracer stays in memory beside what it traces. By default, room for young objects grows to 48 MB when many are made.
setFlagsFromString('--semi-space-growth-factor=1')

// A TAB waits for the answer, and needs nothing of oclif.
if (process.argv[2] === '__complete') {
  const {answerShell} = await import('../dist/engine/complete/main.js')
  process.stdout.write(await answerShell(process.argv.slice(3)))
} else {
  // oclif's library of colours takes the variable CI for a terminal. It looks when it is loaded, which oclif's plugin for
  // plugins does once more, and traced commands keep the environment as it is.
  const {NO_COLOR, FORCE_COLOR} = process.env
  const isPlain = NO_COLOR === undefined && FORCE_COLOR === undefined && !isatty(1)
  if (isPlain) process.env.NO_COLOR = '1'
  const {start} = await import('../dist/start.js')
  if (isPlain && process.argv[2] !== 'plugins') delete process.env.NO_COLOR
  await start()
}
