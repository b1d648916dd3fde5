/** What the bits of names in include/linux/gfp_types.h are called, which kernels describe since 6.10. */
const names: Readonly<Record<string, readonly string[]>> = {
  __GFP_RECLAIM: ['DIRECT_RECLAIM', 'KSWAPD_RECLAIM'],
  GFP_ATOMIC: ['HIGH', 'KSWAPD_RECLAIM'],
  GFP_NOIO: ['DIRECT_RECLAIM', 'KSWAPD_RECLAIM'],
  GFP_NOFS: ['DIRECT_RECLAIM', 'KSWAPD_RECLAIM', 'IO'],
  GFP_KERNEL: ['DIRECT_RECLAIM', 'KSWAPD_RECLAIM', 'IO', 'FS'],
  GFP_USER: ['DIRECT_RECLAIM', 'KSWAPD_RECLAIM', 'IO', 'FS', 'HARDWALL'],
}

/**
 * The value of a flag of allocations, such as `GFP_ATOMIC` and `__GFP_ZERO`, which are macros and as such not described.
 * @param constant a constant of the kernel's enumerations
 * @returns undefined for other names, and where the kernel says nothing of the bits
 */
export function allocationFlag(
  name: string,
  constant: (name: string) => bigint | undefined,
): bigint | undefined {
  const [, single] = /^__GFP_(\w+)$/.exec(name) ?? []
  const bits = Object.hasOwn(names, name) ? names[name] : single === undefined ? undefined : [single]
  if (bits === undefined) return undefined
  let value = 0n
  for (const bit of bits) {
    const at = constant(`___GFP_${bit}_BIT`)
    if (at === undefined) return undefined
    value |= 1n << at
  }
  return value
}
