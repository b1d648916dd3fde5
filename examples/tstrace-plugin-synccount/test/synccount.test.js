import assert from 'node:assert/strict'
import {closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync} from 'node:fs'
import test from 'node:test'
import {problemsOf, runTool, startTool, toolMark} from 'tstrace/testing'
import tool from '../dist/commands/synccount.js'

const file = new URL('../dist/commands/synccount.js', import.meta.url)
const textOf = (path) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('synccount and its page keep the rules for tools', () => {
  assert.deepEqual(problemsOf('synccount', tool[toolMark], textOf('../man/synccount.8.md')), [])
})

test('synccount runs the program that was looked at', async () => {
  const {stdout, stderr} = await runTool(file, ['--program', '--source', 'tracepoint'])
  assert.equal(stdout, textOf('synccount.bt'), stderr)
})

test(
  'synccount counts 23 calls by their names',
  {skip: process.geteuid() !== 0 && 'tracing needs root'},
  async () => {
    const running = await startTool(file, ['-p', `${process.pid}`])
    const opened = openSync(file, 'r')
    for (let call = 0; call < 23; call++) fsyncSync(opened)
    for (let call = 0; call < 7; call++) fdatasyncSync(opened)
    closeSync(opened)
    const {records, code, stderr} = await running.stop()
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      records.filter(({type}) => type === 'count').map(({pid, call, count}) => ({pid, call, count})),
      [
        {pid: process.pid, call: 'fdatasync', count: 7},
        {pid: process.pid, call: 'fsync', count: 23},
      ],
    )
  },
)
