#!/usr/bin/env node
import {setFlagsFromString} from 'node:v8'

// A tracer stays in memory beside what it traces. By default, room for young objects grows to 48 MB when many are made.
setFlagsFromString('--semi-space-growth-factor=1')

// A TAB waits for the answer, and needs nothing of oclif.
if (process.argv[2] === '__complete') {
  const {answerShell} = await import('../dist/engine/complete/main.js')
  process.stdout.write(await answerShell(process.argv.slice(3)))
} else {
  const {start} = await import('../dist/start.js')
  await start()
}
