import {setTimeout as sleep} from 'node:timers/promises'
import {Machine} from '#src/engine/kernel/machine.js'
import {blockedCgroup} from './egress.js'
import {deafClient, deafServer, type Loopback, loopbacks, unansweredConnection} from './tcp.js'

/**
 * The work beside the examples of tcpretrans: begins new connections all the time in which something is sent again, SYNs,
 * SYN-ACKs, data and FINs, and some whose packets a filter drops. Ends when its stdin does.
 */
/** Long enough for a SYN to be sent again, which the kernel does after a second. */
const lastsMs = 2500
const eachMs = 400

const over = new AbortController()
process.stdin.resume().on('end', () => over.abort())

const [mount = ''] = new Machine().cgroup2
const blocked = await blockedCgroup(mount)
let begun: {close: () => void}[][] = []
try {
  while (!over.signal.aborted) {
    begun.push([...loopbacks.flatMap(lossy), blocked.inside(() => unansweredConnection('127.0.0.1'))])
    await sleep(eachMs)
    if (begun.length * eachMs > lastsMs) close(begun.shift() ?? [])
  }
} finally {
  begun.forEach(close)
  begun = []
  blocked.remove()
}

function lossy(address: Loopback): {close: () => void}[] {
  const unheard = [deafServer(address), deafServer(address)]
  for (const {client} of unheard) client.send('unheard')
  // The FIN of the first is sent again, too.
  unheard[0]?.client.close()
  const aborted = unheard.map(({client, close}) => ({
    close: () => {
      client.abort()
      close()
    },
  }))
  return [unansweredConnection(address), deafClient(address), ...aborted]
}

function close(connections: readonly {close: () => void}[]): void {
  for (const each of connections) each.close()
}
