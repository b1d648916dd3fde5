import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {dialectOf} from '#src/engine/backend/bpftrace/dialect.js'
import type {Bpftrace} from './bpftraces.js'
import {largestRow} from './golden.js'

/**
 * Has bpftrace compile, load and attach a program, and end at once. Only so does it go through everything, the
 * kernel's verifier included: its dry runs stop earlier, or do not stop (0.22).
 */
export async function accepts({path, version}: Bpftrace, program: string): Promise<void> {
  const dialect = dialectOf(version)
  const child = spawn(path, ['-f', 'json', ...dialect.options, '-', '1', '2', '3'], {
    env: {...process.env, ...dialect.environment(dialect.room(largestRow))},
  })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (words += chunk))
  child.stdout.resume()
  child.stdin.end(`${dialect.spell(program)}\ninterval:ms:1 { exit(); }\n`)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  assert.equal(code, 0, `${words}\n${program}`)
}
