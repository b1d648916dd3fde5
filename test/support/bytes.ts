import type {Shape} from '#src/engine/backend/embedded/object.js'
import {type Memory, memoryOf} from '#src/engine/backend/embedded/runtime/memory.js'

/** A value and its size. */
export type Packed = readonly [number | bigint | string, number]

/** Bytes in a row as the kernel would write them: numbers with their size, texts with their room. */
export function packed(...parts: readonly Packed[]): Buffer {
  return Buffer.concat(
    parts.map(([value, size]) => {
      const bytes = Buffer.alloc(size)
      if (typeof value === 'string') bytes.write(value, 'latin1')
      else {
        const wide = Buffer.alloc(8)
        wide.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)))
        wide.copy(bytes)
      }
      return bytes
    }),
  )
}

export function memory(...parts: readonly Packed[]): Memory {
  return memoryOf(packed(...parts))
}

export const int = (bytes: 1 | 2 | 4 | 8 = 8, signed = true): Shape => ({kind: 'int', bytes, signed})
export const text = (bytes: number): Shape => ({kind: 'text', bytes})

/** A tuple whose parts lie one after the other. */
export function tuple(...parts: readonly (readonly [Shape, number])[]): Shape & {kind: 'tuple'} {
  let bytes = 0
  const placed = parts.map(([shape, size]) => ({shape, offset: (bytes += size) - size}))
  return {kind: 'tuple', bytes, parts: placed}
}
