import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {bpftraces} from '../support/bpftraces.js'
import {skipWithout} from '../support/skip.js'
import {type Case, corpus} from './corpus.js'
import {differenceOf, differences} from './differences.js'
import {normal} from './forms.js'
import {newer} from './newer.js'
import {onBpftrace, onEmbedded, outputOf} from './run.js'

const programs = [...corpus, ...newer]

/** bpftrace 0.27 looks for iterators and raw tracepoints among the functions there; a kernel that is locked down lets nobody read it. */
function listsFunctions(): boolean {
  try {
    return readFileSync('/sys/kernel/tracing/available_filter_functions').length > 0
  } catch {
    return false
  }
}

/** Each program is run once by the embedded engine, and compared with what each bpftrace says. */
const own = new Map<Case, Promise<string>>()
function ownOutput(each: Case): Promise<string> {
  const running = own.get(each) ?? outputOf(each, onEmbedded)
  own.set(each, running)
  return running
}

const versions = await bpftraces()

describe('the embedded engine says the same as bpftrace', () => {
  it('about 150 programs or more', () => assert.ok(programs.length >= 150, `${programs.length}`))

  it('but for differences that are about one of them', () => {
    const unknown = differences.filter(
      ({program}) => !programs.some((each) => each.program.includes(program)),
    )
    assert.deepEqual(unknown, [])
  })

  for (const bpftrace of versions) {
    const {version} = bpftrace
    const minor = Number(version.split('.')[1])
    for (const each of programs.filter(({since = 0}) => since <= minor)) {
      it(`${version}: ${each.about}: ${each.program.replaceAll('\n', ' ')}`, async function () {
        const wantsList = /^(iter|rawtracepoint):/.test(each.program)
        skipWithout(
          this,
          'a list of functions that can be traced, for iterators and raw tracepoints of bpftrace 0.27',
          !wantsList || minor < 27 || listsFunctions(),
        )
        const ours = normal(await ownOutput(each), version)
        const theirs = normal(await outputOf(each, onBpftrace(bpftrace)), version)
        const known = differenceOf(each.program, version)
        if (known === undefined) assert.equal(ours, theirs)
        else assert.match(ours, known.own)
        if (known !== undefined && known.chance !== true)
          assert.notEqual(ours, theirs, `no difference any more: ${known.proof}`)
      })
    }
  }
})
