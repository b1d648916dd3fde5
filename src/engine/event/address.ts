/** AF_INET6 of include/linux/socket.h. */
const ipv6 = 10

/**
 * An IP address as inet_ntop(3) and RFC 5952 write it: `127.0.0.1`, `fe80::1`, `::ffff:127.0.0.1`.
 *
 * The kernel keeps an address as 32-bit words in network order. A program sends them as two numbers, read on a
 * little-endian machine: `high` is word 0 and word 1, `low` word 2 and word 3, the first one in the upper half. An
 * IPv4 address is word 3, and the others are not looked at.
 *
 * @param family AF_INET6 or AF_INET; anything else is taken for AF_INET
 */
export function addressText(family: number, high: bigint, low: bigint): string {
  const bytes = Buffer.alloc(16)
  for (const [index, word] of [high >> 32n, high, low >> 32n, low].entries())
    bytes.writeUInt32LE(Number(BigInt.asUintN(32, word)), index * 4)
  const ipv4 = bytes.subarray(12).join('.')
  if (family !== ipv6) return ipv4
  const groups = Array.from({length: 8}, (_, index) => bytes.readUInt16BE(index * 2))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return `::ffff:${ipv4}`
  return shortened(groups)
}

/** An address with a port. IPv6 is put in brackets, so that the port is told apart. */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** The first of the longest runs of zeros becomes `::`; a single zero stays. */
function shortened(groups: readonly number[]): string {
  const words = groups.map((group) => group.toString(16))
  let start = 0
  let length = 1
  for (let from = 0; from < words.length; from++) {
    const end = words.findIndex((word, index) => index >= from && word !== '0')
    const run = (end === -1 ? words.length : end) - from
    if (run > length) [start, length] = [from, run]
  }
  if (length === 1) return words.join(':')
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`
}
