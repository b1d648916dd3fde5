#!/usr/bin/env node
// A TAB waits for the answer, and needs nothing of oclif.
if (process.argv[2] === '__complete') {
  const {answerShell} = await import('../dist/engine/complete/main.js')
  process.stdout.write(await answerShell(process.argv.slice(3)))
} else {
  const {start} = await import('../dist/start.js')
  await start()
}
