import type {Bucket, HistogramSection} from '../event/report.js'

/** BCC's two shapes: values of more than 32 bits need wider bounds, so that their bars are shorter. */
const narrow = {bounds: 10, indent: 5, label: 19, bar: 40}
const wide = {bounds: 20, indent: 15, label: 29, bar: 20}
const widest = 2n ** 32n

/** A histogram as BCC draws it; nothing when nothing was counted. */
export function histogramText({unit, buckets}: HistogramSection): string {
  if (buckets.length === 0) return ''
  const isNarrow = buckets.every(({min, max}) => max < widest && min > -widest)
  const shape = isNarrow ? narrow : wide
  const most = Math.max(...buckets.map(({count}) => count))
  const line = ({min, max, count}: Bucket): string => {
    const bar = '*'.repeat(Math.floor((shape.bar * count) / most)).padEnd(shape.bar)
    return `${String(min).padStart(shape.bounds)} -> ${String(max).padEnd(shape.bounds)} : ${String(count).padEnd(8)} |${bar}|\n`
  }
  const header = `${' '.repeat(shape.indent)}${unit.padEnd(shape.label)} : count     distribution\n`
  return header + buckets.map(line).join('')
}
