import {errorName} from '#src/engine/kernel/errno.js'
import {native} from '#src/engine/kernel/native.js'
import {deviceType, openPerfEvent} from '#src/engine/kernel/perfevent.js'
import {functionOffset, libraryPath} from './library.js'

/** Says what the kernel answers to one uprobe that is no link: `ok`, or the name of the error. */
const libc = libraryPath('libc.so.6')
const calls = await native()
const offset = BigInt(functionOffset(libc, 'getppid'))
const result = openPerfEvent(calls, {type: deviceType('uprobe') ?? 0, config: 0n, text: libc, offset})
process.stdout.write(result >= 0 ? 'ok' : String(errorName(-result)))
