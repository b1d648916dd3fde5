import type {Context} from 'mocha'

/**
 * Skips a test, or in a `before` hook a whole suite, where the machine lacks what it needs. The reporter lists what was
 * skipped under `capability`, a few words as in `missing: kprobes`.
 */
export function skipWithout(context: Context, capability: string, has: boolean): void {
  if (has) return
  context['missing'] = capability
  context.skip()
}

/** Whether this is a guest: slow, as it is emulated, and with one CPU. */
export const inGuest = process.env['TSTRACE_GUEST'] !== undefined
/** What a guest lacks for tests that do not depend on the kernel. */
export const speed = 'speed, as this machine is emulated'

/** Whether time is no object: `TSTRACE_WHOLE=1`. */
const isWhole = process.env['TSTRACE_WHOLE'] === '1'

/**
 * For a suite: in a guest, where each run of a tool takes seconds, only the tests whose titles begin so are run. They are
 * those that depend on the kernel; the others have been run on this machine with each bpftrace. `TSTRACE_WHOLE=1` runs
 * all.
 */
export function inGuestsOnly(...titles: readonly string[]): void {
  // A whole suite is skipped before its hooks: those after each test would run all the same.
  if (titles.length === 0) {
    before(function () {
      skipWithout(this, speed, !inGuest || isWhole)
    })
    return
  }
  beforeEach(function () {
    const title = this.currentTest?.title ?? ''
    skipWithout(this, speed, !inGuest || isWhole || titles.some((begin) => title.startsWith(begin)))
  })
}
