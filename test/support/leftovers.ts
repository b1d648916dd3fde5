import {readFileSync} from 'node:fs'
import type {Context, RootHookObject} from 'mocha'
import {isAlive, type Running, running} from './processes.js'

/**
 * Hooks for every test: what a failed test leaves running is shown, as it often tells why it failed, and ended, as mocha
 * would wait for it for ever.
 */
const before = new Set<Running>()

export const mochaHooks: RootHookObject = {
  beforeEach() {
    before.clear()
    for (const each of running) before.add(each)
  },
  afterEach(this: Context) {
    if (this.currentTest?.state === 'failed') end([...running].filter((each) => !before.has(each)))
  },
  afterAll() {
    end([...running])
  },
}

function end(left: readonly Running[]): void {
  for (const each of left) {
    running.delete(each)
    console.error(`still running, and ended now: ${each.command}`)
    const processes = withDescendants(each.pid)
    for (const pid of processes) console.error(describe(pid))
    for (const [name, text] of Object.entries({stdout: each.stdout, stderr: each.stderr})) {
      console.error(`  its ${name}: ${JSON.stringify(text.slice(-2000))}`)
    }
    for (const pid of processes) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
}

function withDescendants(pid: number): number[] {
  const children = read(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return [pid, ...children.flatMap(withDescendants)]
}

function describe(pid: number): string {
  const state = /^State:\s*(.*)$/m.exec(read(pid, 'status'))?.[1] ?? 'gone'
  return `  ${pid} ${read(pid, 'cmdline')}: ${state}\n    ${read(pid, 'stack').replaceAll('\n', '\n    ')}`
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
