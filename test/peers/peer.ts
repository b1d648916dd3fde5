import {existsSync} from 'node:fs'
import type {Context} from 'mocha'
import {type Outcome, Running} from '../support/processes.js'
import {inGuest, skipWithout} from '../support/skip.js'
import {readTable, type Table} from './table.js'

/** Skips a test where the machine does not have a peer. A guest has them all: there a missing one is a failure. */
export function skipWithoutPeer(context: Context, {name, file}: {name: string; file: string}): void {
  skipWithout(context, name, inGuest || existsSync(file))
}

/**
 * Starts a program that one of our tools is compared with.
 *
 * Python and libc keep what goes into a pipe, until it is much; these two settings tell them not to.
 */
export function startPeer(file: string, args: readonly string[]): Running {
  return new Running('stdbuf', ['--output=L', file, ...args], {
    env: {...process.env, PYTHONUNBUFFERED: '1'},
  })
}

/** What a program has printed, as a table. */
export function printed({stdout, stderr}: Outcome, read = readTable): Table {
  try {
    return read(stdout)
  } catch (cause) {
    throw new Error(`the output cannot be read; on stderr it said: ${stderr}`, {cause})
  }
}
