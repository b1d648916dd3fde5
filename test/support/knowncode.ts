import {chmodSync, writeFileSync} from 'node:fs'

/**
 * A program whose stacks are known, written as machine code for x86-64: guests have no compiler. It says `ready`; for
 * each line on stdin it works and says `done`. Its functions keep frame pointers:
 *
 *     _start -> outer -> middle -> inner     which counts down from `spin`, then calls getppid(2)
 *     _start -> other -> middle -> inner
 *     _start -> reader                       which calls read(2) for `size` bytes of /dev/zero
 */
export interface KnownCode {
  /** How often _start calls each of these for one line. */
  readonly outer: number
  readonly other: number
  readonly reader: number
  readonly spin?: number
  readonly size?: number
}

type Part = number | {readonly call: string}

const base = 0x400_000
const buffer = 0x600_000
const bufferSize = 1 << 20
const headersEnd = 64 + 2 * 56
const texts = 'ready\ndone\n/dev/zero\0'
const addressOf = (text: string): number => base + headersEnd + texts.indexOf(text)

const word = (value: number): number[] => [0, 8, 16, 24].map((bits) => (value >>> bits) & 0xff)
const call = (name: string): Part => ({call: name})
const syscallNow = [0x0f, 0x05]
const withFrame = (...body: Part[]): Part[] => [0x55, 0x48, 0x89, 0xe5, ...body, 0x5d, 0xc3]

/** A system call, its arguments in rdi, rsi and rdx. */
function syscall(number: number, ...args: readonly number[]): number[] {
  const moves = [0xbf, 0xbe, 0xba]
  return [
    ...args.flatMap((arg, index) => [moves[index] ?? 0, ...word(arg)]),
    0xb8,
    ...word(number),
    ...syscallNow,
  ]
}

/** Calls a function so often; counts in rbx. */
const repeated = (times: number, name: string): Part[] =>
  times === 0 ? [] : [0xbb, ...word(times), call(name), 0xff, 0xcb, 0x75, -9 & 0xff]

const length = (code: readonly Part[]): number =>
  code.reduce<number>((sum, part) => sum + (typeof part === 'number' ? 1 : 5), 0)

function functions({outer, other, reader, spin = 1, size = 1}: KnownCode): [name: string, code: Part[]][] {
  const work = [
    ...[...repeated(outer, 'outer'), ...repeated(other, 'other'), ...repeated(reader, 'reader')],
    ...syscall(1, 1, addressOf('done'), 5),
  ]
  const leave = syscall(231, 0)
  const wait = [...syscall(0, 0, buffer, 16), 0x85, 0xc0, 0x0f, 0x8e, ...word(length(work) + 5)]
  return [
    [
      '_start',
      [
        // The file's descriptor stays in r12. Without a frame of its own: what is below it on the stack is no function.
        ...[...syscall(2, addressOf('/dev/zero'), 0, 0), 0x41, 0x89, 0xc4],
        // The first time, the buffer comes into being.
        ...[call('reader'), ...syscall(1, 1, addressOf('ready'), 6)],
        ...[...wait, ...work, 0xe9, ...word(-(length(wait) + length(work) + 5)), ...leave],
      ],
    ],
    ['outer', withFrame(call('middle'))],
    ['other', withFrame(call('middle'))],
    ['middle', withFrame(call('inner'))],
    ['inner', withFrame(0xb9, ...word(spin), 0xff, 0xc9, 0x75, -4 & 0xff, ...syscall(110))],
    [
      'reader',
      withFrame(0x44, 0x89, 0xe7, 0xbe, ...word(buffer), 0xba, ...word(size), 0x31, 0xc0, ...syscallNow),
    ],
  ]
}

/** Writes the program as an executable file: two segments, and the sections that have its symbols. */
export function writeKnownCode(path: string, plan: KnownCode): void {
  if ((plan.size ?? 0) > bufferSize) throw new Error(`it reads at most ${bufferSize} bytes at once`)
  const start = headersEnd + texts.length
  const placed = new Map<string, {address: number; code: Part[]}>()
  let end = start
  for (const [name, code] of functions(plan)) {
    placed.set(name, {address: base + end, code})
    end += length(code)
  }
  const code = [...placed.values()].flatMap(({address, code: parts}) => linked(parts, address, placed))
  writeFileSync(path, file(Buffer.from(code), start, placed))
  chmodSync(path, 0o755)
}

/** The bytes of a function, its calls relative to where they are. */
function linked(
  parts: readonly Part[],
  address: number,
  placed: ReadonlyMap<string, {address: number}>,
): number[] {
  const bytes: number[] = []
  for (const part of parts) {
    if (typeof part === 'number') bytes.push(part)
    else bytes.push(0xe8, ...word((placed.get(part.call)?.address ?? 0) - (address + bytes.length + 5)))
  }
  return bytes
}

function file(
  code: Buffer,
  codeStart: number,
  placed: ReadonlyMap<string, {address: number; code: Part[]}>,
): Buffer {
  const names = ['', ...placed.keys(), ''].join('\0')
  const symbols = [
    Buffer.alloc(24),
    ...[...placed].map(([name, {address, code: parts}]) =>
      // A global function of the first section.
      fields(
        [names.indexOf(`\0${name}\0`) + 1, 4],
        [0x12, 1],
        [0, 1],
        [1, 2],
        [address, 8],
        [length(parts), 8],
      ),
    ),
  ]
  const sectionNames = '\0.text\0.symtab\0.strtab\0'
  const tables = [code, Buffer.concat(symbols), Buffer.from(names), Buffer.from(sectionNames)]
  const starts = tables.map((_, index) => codeStart + total(tables.slice(0, index)))
  const section = (index: number, name: string, kind: number, flags: number, link = 0, entry = 0): Buffer =>
    fields(
      [sectionNames.indexOf(name), 4],
      [kind, 4],
      [flags, 8],
      [flags === 0 ? 0 : base + codeStart, 8],
      [starts[index] ?? 0, 8],
      [tables[index]?.length ?? 0, 8],
      [link, 4],
      [kind === 2 ? 1 : 0, 4],
      [1, 8],
      [entry, 8],
    )
  const allBefore = codeStart + total(tables)
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    // An executable for x86-64.
    fields([2, 2], [62, 2], [1, 4], [placed.get('_start')?.address ?? 0, 8], [64, 8], [allBefore, 8], [0, 4]),
    fields([64, 2], [56, 2], [2, 2], [64, 2], [5, 2], [4, 2]),
  ])
  const loaded = codeStart + code.length
  return Buffer.concat([
    header,
    segment(5, 0, base, loaded, loaded),
    segment(6, 0, buffer, 0, bufferSize),
    Buffer.from(texts, 'latin1'),
    ...tables,
    Buffer.alloc(64),
    section(0, '.text', 1, 6),
    section(1, '.symtab', 2, 0, 3, 24),
    section(2, '.strtab', 3, 0),
    // Its own name is not worth one.
    section(3, '\0', 3, 0),
  ])
}

const segment = (flags: number, offset: number, address: number, inFile: number, inMemory: number): Buffer =>
  fields([1, 4], [flags, 4], [offset, 8], [address, 8], [address, 8], [inFile, 8], [inMemory, 8], [0x1000, 8])

/** Numbers of so many bytes each, one behind the other, little-endian. */
const fields = (...all: readonly (readonly [value: number, size: number])[]): Buffer =>
  Buffer.concat(
    all.map(([value, size]) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(BigInt(value))
      return bytes.subarray(0, size)
    }),
  )

const total = (parts: readonly Buffer[]): number => parts.reduce((sum, {length: bytes}) => sum + bytes, 0)
