import {readFileSync, realpathSync} from 'node:fs'
import {parseMaps} from '../maps.js'
import {native} from '../native.js'

/**
 * Where in a library the code is that an indirect function (STT_GNU_IFUNC) stands for on this CPU. This process has
 * loaded the C library, too, so it asks its own loader: the choice is the same for every process.
 *
 * @returns the place in the file; undefined if this process has not loaded it, or if the code is elsewhere (vDSO)
 */
export async function implementationOf(name: string, library: string): Promise<number | undefined> {
  const path = realpathSync(library)
  const mapped = parseMaps(readFileSync('/proc/self/maps', 'utf8')).filter((each) => each.path === path)
  if (mapped.length === 0) return undefined
  const address = Number((await native()).symbolAddress(path, name))
  const home = mapped.find(({start, end}) => start <= address && address < end)
  return home && address - home.start + home.offset
}
