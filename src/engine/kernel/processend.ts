import {MachineError} from '../errors.js'
import {errorName} from './errno.js'
import {native} from './native.js'

/**
 * Calls back once when a process ends.
 * @returns what takes that back
 * @throws MachineError if there is no such process
 */
export async function onProcessEnd(pid: number, call: () => void): Promise<() => void> {
  const calls = await native()
  const fd = calls.openProcess(pid)
  if (fd < 0) {
    throw new MachineError(
      `cannot trace process ${pid}: ${errorName(-fd) === 'ESRCH' ? 'there is none' : errorName(-fd)}`,
      {
        hint: '`ps -e` shows the processes there are; the id of a thread will not do',
      },
    )
  }
  const stop = calls.onReadable(fd, call)
  let isOpen = true
  return () => {
    if (!isOpen) return
    isOpen = false
    stop()
    calls.close(fd)
  }
}
