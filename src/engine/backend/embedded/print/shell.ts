import {spawnSync} from 'node:child_process'

/** Runs a command as system() does: nothing else happens until it is done, and what it writes is output in its place. */
export function shell(command: string): string {
  const {stdout} = spawnSync('sh', ['-c', Buffer.from(command, 'latin1').toString()], {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return stdout
}
