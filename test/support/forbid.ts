import {spawn} from 'node:child_process'
import {constants} from 'node:os'
import koffi from 'koffi'

/**
 * Runs a command in which the kernel refuses some system calls with EPERM, as the seccomp filter of a container does:
 * `forbid.js CALL[,CALL]... COMMAND [ARG]...`. Needs root.
 */
const [calls = '', program = '', ...args] = process.argv.slice(2)

/** Numbers of the system calls, and that of seccomp(2), by architecture. */
const numbers: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  x64: {seccomp: 317, bpf: 321, perf_event_open: 298},
  arm64: {seccomp: 277, bpf: 280, perf_event_open: 241},
}
const own = numbers[process.arch] ?? {}

/** Instructions of classic BPF, struct sock_filter; the number of the call is the first word of what they look at. */
const loadNumber = instruction(0x20, 0, 0, 0)
const allow = instruction(0x06, 0, 0, 0x7fff_0000)
const refuse = instruction(0x06, 0, 0, 0x0005_0000 | constants.errno.EPERM)
const unlessEqual = (number: number): Buffer => instruction(0x15, 0, 1, number)

const wanted = calls.split(',').map((call) => own[call] ?? NaN)
const code = Buffer.concat([loadNumber, ...wanted.flatMap((number) => [unlessEqual(number), refuse]), allow])
const filter = Buffer.alloc(16)
filter.writeUInt16LE(code.length / 8)
filter.writeBigUInt64LE(koffi.address(code), 8)
const syscall = koffi.load(null).func('long syscall(long number, long operation, long flags, void *filter)')
const result = Number(syscall(own['seccomp'] ?? NaN, 1 /* SECCOMP_SET_MODE_FILTER */, 0, filter))
if (result !== 0) throw new Error(`seccomp: errno ${koffi.errno()}`)

// A child inherits the filter of the thread that starts it.
const child = spawn(program, args, {stdio: 'inherit'})
child.on('exit', (status) => {
  process.exitCode = status ?? 1
})

function instruction(operation: number, ifTrue: number, ifFalse: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16LE(operation)
  bytes[2] = ifTrue
  bytes[3] = ifFalse
  bytes.writeUInt32LE(value, 4)
  return bytes
}
