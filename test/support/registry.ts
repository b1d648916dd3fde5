import {createHash} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {basename} from 'node:path'

/** A registry of npm on this machine that has one package. */
export interface Registry {
  readonly url: string
  /** What was asked for and is not there. */
  readonly missed: readonly string[]
  readonly close: () => void
}

/** @param tarball what `npm pack` wrote. @param described its package.json */
export async function serveRegistry(
  tarball: string,
  described: {readonly name: string; readonly version: string},
): Promise<Registry> {
  const bytes = readFileSync(tarball)
  const file = `/${basename(tarball)}`
  const missed: string[] = []
  const server = createServer((request, response) => {
    const {port} = server.address() as AddressInfo
    if (request.url === file) response.end(bytes)
    else if (request.url === `/${described.name}`) {
      const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
      const dist = {tarball: `http://127.0.0.1:${port}${file}`, integrity}
      const versions = {[described.version]: {...described, dist}}
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({name: described.name, 'dist-tags': {latest: described.version}, versions}))
    } else {
      missed.push(request.url ?? '')
      response.writeHead(404).end('{}')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  return {url: `http://127.0.0.1:${port}/`, missed, close: () => server.close()}
}
