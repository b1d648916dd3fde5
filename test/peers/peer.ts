import {Running} from '../support/processes.js'

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
