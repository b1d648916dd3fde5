import {release} from 'node:os'

/** Whether the kernel is of a release or later. @param linux such as `6.12` */
export function kernelIsSince(linux: string): boolean {
  return release().localeCompare(linux, 'en', {numeric: true}) >= 0
}
