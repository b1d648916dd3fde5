import {readFileSync} from 'node:fs'

const folder = '/sys/devices/system/cpu'

/** How many CPUs this machine can have: for so many a per-CPU map has values. */
export function possibleCpus(): number {
  return Math.max(...parseCpus(readFileSync(`${folder}/possible`, 'utf8'))) + 1
}

/** The numbers of the CPUs that run. */
export function onlineCpus(): number[] {
  return parseCpus(readFileSync(`${folder}/online`, 'utf8'))
}

/** The numbers in a list such as `0-3,8`. */
export function parseCpus(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({length: last - first + 1}, (_, index) => first + index)
    })
}
