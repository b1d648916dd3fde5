/** Bytes that the kernel wrote, as each kind of reader wants them: one object for a whole batch of records. */
export interface Memory {
  readonly bytes: Buffer
  readonly view: DataView
}

/** The same memory as both; nothing is copied. */
export function memoryOf({buffer, byteOffset, length}: Uint8Array): Memory {
  return {bytes: Buffer.from(buffer, byteOffset, length), view: new DataView(buffer, byteOffset, length)}
}

const word = 2 ** 32
/** The high half of a number that a double holds exactly is below this, and that of a negative one not below its negative. */
const exactHigh = 2 ** 21

export type IntegerReader = (memory: Memory, at: number) => number | bigint

/** Reads an integer: as a number where a double holds it, else as a bigint. Little-endian, as BPF is on x64 and arm64. */
export function integerReader(bytes: 1 | 2 | 4 | 8, signed: boolean): IntegerReader {
  switch (bytes) {
    case 1:
      return signed ? ({view}, at) => view.getInt8(at) : ({view}, at) => view.getUint8(at)
    case 2:
      return signed ? ({view}, at) => view.getInt16(at, true) : ({view}, at) => view.getUint16(at, true)
    case 4:
      return signed ? ({view}, at) => view.getInt32(at, true) : ({view}, at) => view.getUint32(at, true)
    case 8:
      return signed ? int64 : uint64
  }
}

export function int64({view}: Memory, at: number): number | bigint {
  const high = view.getInt32(at + 4, true)
  return high < exactHigh && high >= -exactHigh
    ? high * word + view.getUint32(at, true)
    : view.getBigInt64(at, true)
}

export function uint64({view}: Memory, at: number): number | bigint {
  const high = view.getUint32(at + 4, true)
  return high < exactHigh ? high * word + view.getUint32(at, true) : view.getBigUint64(at, true)
}

/** Where a text ends: at its first NUL, or at `limit`. */
export function textEnd({bytes}: Memory, at: number, limit: number): number {
  const end = bytes.subarray(at, limit).indexOf(0)
  return end < 0 ? limit : at + end
}
