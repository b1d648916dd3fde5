'use strict'
// The reporter of every mocha run: mocha's own, then the skipped tests by what they missed, then what ./check reads: the
// failed tests and the tally. These are lines of the output because a guest's files do not outlive the guest.
//
// TSTRACE_TESTS_UNTIL, in seconds of Unix time, ends a run that is given only so much time: what it did not come to is
// shown by file, and counted as skipped.

const {relative} = require('node:path')
const {reporters, Runner} = require('mocha')
const {EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_TEST_END, EVENT_TEST_FAIL, EVENT_TEST_PENDING} = Runner.constants

const until = Number(process.env.TSTRACE_TESTS_UNTIL ?? Infinity) * 1000

module.exports = class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const skipped = new Map()
    runner.on(EVENT_TEST_PENDING, (test) => {
      const reason = reasonOf(test)
      skipped.set(reason, [...(skipped.get(reason) ?? []), test.fullTitle()])
    })
    const left = new Set()
    let timeIsUp = false
    runner.once(EVENT_RUN_BEGIN, () => runner.suite.eachTest((test) => left.add(test)))
    runner.on(EVENT_TEST_END, (test) => {
      left.delete(test)
      if (timeIsUp || Date.now() < until) return
      timeIsUp = true
      runner.abort()
    })
    const failed = []
    runner.on(EVENT_TEST_FAIL, (test, error) => failed.push(`${test.fullTitle()}: ${inOneLine(error)}`))
    // After the listener of Spec, which prints the failures.
    runner.once(EVENT_RUN_END, () => {
      for (const [reason, titles] of [...skipped].sort()) {
        print(`  skipped, ${reason}: ${titles.length}`)
        for (const title of titles) print(`    - ${title}`)
        print('')
      }
      const late = timeIsUp ? [...left] : []
      if (late.length > 0) {
        print(`  skipped, no time was left: ${late.length}`)
        for (const [file, count] of countByFile(late)) print(`    - ${file}: ${count}`)
        print('')
      }
      for (const title of failed) print(`failed: ${title}`)
      const {passes, failures, pending} = this.stats
      print(`tally: ${passes} passed, ${failures} failed, ${pending + late.length} skipped`)
    })
  }
}

/** A test without a body, as `it.skip` leaves it, was never asked what it misses. */
function reasonOf(test) {
  const missing = test.fn ? test.ctx?.missing : undefined
  return missing === undefined ? 'no reason given' : `missing: ${missing}`
}

function countByFile(tests) {
  const counts = new Map()
  for (const {file} of tests) {
    const name = relative(process.cwd(), file)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** The beginning of what went wrong. */
function inOneLine(error) {
  const text = String(error?.message ?? error).replace(/\s+/g, ' ')
  return text.length > 400 ? `${text.slice(0, 400)}...` : text
}

function print(line) {
  reporters.Base.consoleLog(line)
}
