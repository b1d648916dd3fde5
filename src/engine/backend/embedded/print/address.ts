/** AF_INET of bits/socket.h. */
const inet = 2

/** An IP address of a family, as inet_ntop(3) writes it. */
export function internetAddress(family: number, bytes: Uint8Array): string {
  if (family === inet) return bytes.subarray(0, 4).join('.')
  const groups = Array.from({length: 8}, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0))
  const {start, length} = longestZeros(groups)
  // IPv4-mapped and IPv4-compatible addresses show their last four bytes as IPv4 does.
  if (start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff))) {
    return `::${length === 5 ? 'ffff:' : ''}${bytes.subarray(12, 16).join('.')}`
  }
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** A hardware address. */
export function hardwareAddress(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(
    ':',
  )
}

function longestZeros(groups: readonly number[]): {start: number; length: number} {
  let best = {start: -1, length: 0}
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (end < groups.length && groups[end] === 0) end++
    if (end - start > best.length) best = {start, length: end - start}
    start = Math.max(start, end)
  }
  return best
}
