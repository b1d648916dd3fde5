import {constants} from 'node:os'

/** The number of a signal by its name, with or without SIG. */
export function signalNumber(name: string): number | undefined {
  const full = name.startsWith('SIG') ? name : `SIG${name}`
  return (constants.signals as Readonly<Record<string, number>>)[full]
}
