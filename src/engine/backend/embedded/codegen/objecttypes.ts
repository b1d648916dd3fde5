/** Kinds of include/uapi/linux/btf.h. */
const kinds = {int: 1, function: 12, prototype: 13} as const

/** Types by their ids in `objectTypes()`. */
export const objectTypeIds = {u64: 1, program: 3, callback: 5, int: 6} as const

/**
 * What the kernel wants to know (BTF) of a program with callbacks: that each is a function of its own, the program of one
 * number, a callback of a loop over a map of four; and of a map of threads: of which type its key and its values are.
 */
export function objectTypes(): Buffer {
  const texts = ['', 'u64', 'a', 'b', 'c', 'd', 'program', 'each', 'int']
  const strings = Buffer.from(`${texts.join('\0')}\0`)
  const name = (text: string): number =>
    texts.slice(0, texts.indexOf(text)).reduce((sum, each) => sum + each.length + 1, 0)
  const {u64} = objectTypeIds
  const isSigned = 1 << 24
  const prototype = (parameters: readonly string[]): number[] => [
    ...[0, (kinds.prototype << 24) | parameters.length, u64],
    ...parameters.flatMap((each) => [name(each), u64]),
  ]
  const words = [
    ...[name('u64'), kinds.int << 24, 8, 64],
    ...prototype(['a']),
    ...[name('program'), kinds.function << 24, 2],
    ...prototype(['a', 'b', 'c', 'd']),
    ...[name('each'), kinds.function << 24, 4],
    ...[name('int'), kinds.int << 24, 4, isSigned | 32],
  ]
  const types = Buffer.alloc(words.length * 4)
  words.forEach((word, index) => types.writeUInt32LE(word, index * 4))
  const header = Buffer.alloc(24)
  header.writeUInt16LE(0xeb9f, 0)
  header.writeUInt8(1, 2)
  header.writeUInt32LE(header.length, 4)
  header.writeUInt32LE(0, 8)
  header.writeUInt32LE(types.length, 12)
  header.writeUInt32LE(types.length, 16)
  header.writeUInt32LE(strings.length, 20)
  return Buffer.concat([header, types, strings])
}
