import {Btf, btfKinds as kinds} from './btf.js'

/** The constants of the kernel's enumerations by their names. */
export class BtfConstants {
  readonly #btf: Btf
  readonly #constants = new Map<string, bigint | undefined>()

  constructor(btf: Btf) {
    this.#btf = btf
  }

  named(name: string): bigint | undefined {
    if (!this.#constants.has(name)) this.#constants.set(name, this.#find(name))
    return this.#constants.get(name)
  }

  #find(name: string): bigint | undefined {
    const btf = this.#btf
    const wanted = Buffer.from(`${name}\0`)
    let found: bigint | undefined
    btf.walk((_, at, kind) => {
      if (kind !== kinds.enum && kind !== kinds.enum64) return false
      const info = btf.u32(at + 4)
      const size = kind === kinds.enum ? 8 : 12
      for (let member = at + 12; member < at + 12 + (info & 0xffff) * size; member += size) {
        if (!btf.isNamed(member, wanted)) continue
        const low = BigInt(btf.u32(member + 4))
        const isSigned = info >>> 31 === 1
        if (kind === kinds.enum) found = isSigned ? BigInt.asIntN(32, low) : low
        else {
          const value = (BigInt(btf.u32(member + 8)) << 32n) | low
          found = isSigned ? BigInt.asIntN(64, value) : value
        }
        return true
      }
      return false
    })
    return found
  }
}
