/** One conversion of a printf format, such as `%-10lld`. */
export interface Conversion {
  /** Left-justified. */
  readonly left: boolean
  readonly zero: boolean
  /** `+`, a space, or nothing: what stands before numbers that are not negative. */
  readonly plus: string
  readonly alternate: boolean
  readonly width: number
  readonly precision: number | undefined
  /** How many bits of a number are shown. */
  readonly bits: 8 | 16 | 32 | 64
  /** `r`, `rx` and `rh` are bpftrace's, for bytes. */
  readonly type: 'd' | 'i' | 'u' | 'x' | 'X' | 'o' | 'c' | 'p' | 's' | 'r' | 'rx' | 'rh'
}

const pattern = /%(%|([-+ #0]*)(\d*)(?:\.(\d*))?(hh|h|ll|l|j|z|t|L|q)?(r[xh]|[diuxXocpsr]))/g
const bitsOf: Record<string, Conversion['bits']> = {hh: 8, h: 16}

/** Takes a format apart: texts, and between each two of them a conversion. `%%` is a `%`. */
export function parseFormat(format: string): {texts: string[]; conversions: Conversion[]} {
  const texts = ['']
  const conversions: Conversion[] = []
  let end = 0
  const addText = (text: string): void => void texts.push((texts.pop() ?? '') + text)
  for (const found of format.matchAll(pattern)) {
    addText(format.slice(end, found.index))
    end = found.index + found[0].length
    if (found[1] === '%') {
      addText('%')
      continue
    }
    const [, , flags = '', width = '', precision, length, type = ''] = found
    texts.push('')
    conversions.push({
      left: flags.includes('-'),
      zero: flags.includes('0'),
      plus: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '',
      alternate: flags.includes('#'),
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      bits: length === undefined ? 32 : (bitsOf[length] ?? 64),
      type: type as Conversion['type'],
    })
  }
  addText(format.slice(end))
  return {texts, conversions}
}

/** A number as C's printf writes it. */
export function formatInteger(value: number | bigint, conversion: Conversion): string {
  const {type, plus, alternate, bits} = conversion
  if (type === 'c') return pad(String.fromCharCode(Number(BigInt.asUintN(8, BigInt(value)))), conversion)
  if (type === 'd' || type === 'i') {
    const number = fits(value, bits) ? value : BigInt.asIntN(bits, BigInt(value))
    const negative = number < 0
    const digits = negative ? (-number).toString() : number.toString()
    return padNumber(negative ? '-' : plus, digits, conversion)
  }
  const number = BigInt.asUintN(type === 'p' ? 64 : bits, BigInt(value))
  switch (type) {
    case 'p':
      return number === 0n ? pad('(nil)', conversion) : padNumber('0x', number.toString(16), conversion)
    case 'x':
      return padNumber(alternate && number > 0n ? '0x' : '', number.toString(16), conversion)
    case 'X':
      return padNumber(alternate && number > 0n ? '0X' : '', number.toString(16).toUpperCase(), conversion)
    case 'o':
      return padNumber(alternate && number > 0n ? '0' : '', number.toString(8), conversion)
    default:
      return padNumber('', number.toString(), conversion)
  }
}

/** A text as C's printf writes it. */
export function formatText(text: string, conversion: Conversion): string {
  const {precision} = conversion
  return pad(precision === undefined ? text : text.slice(0, precision), conversion)
}

function pad(text: string, {left, width}: Conversion): string {
  return left ? text.padEnd(width) : text.padStart(width)
}

function padNumber(prefix: string, digits: string, conversion: Conversion): string {
  const {precision, zero, left, width} = conversion
  if (precision !== undefined) return pad(prefix + digits.padStart(precision, '0'), conversion)
  if (zero && !left) return prefix + digits.padStart(width - prefix.length, '0')
  return pad(prefix + digits, conversion)
}

/** Whether a signed number of so many bits is this one: the usual case, which needs no bigint. */
function fits(value: number | bigint, bits: number): boolean {
  if (typeof value === 'bigint') return BigInt.asIntN(bits, value) === value
  return bits === 64 || (value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1))
}
