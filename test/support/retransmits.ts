import {mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {Machine} from '#src/engine/kernel/machine.js'
import {dropEgress} from './egress.js'
import {deafClient, deafServer, unansweredConnection} from './tcp.js'

/**
 * The work beside the examples of tcpretrans: begins new connections all the time in which something is sent again, SYNs,
 * SYN-ACKs, data and FINs, and some whose packets a filter drops. Ends when its stdin does.
 */
const addresses = ['127.0.0.1', '::1', '::ffff:127.0.0.1'] as const
/** Long enough for a SYN to be sent again, which the kernel does after a second. */
const lastsMs = 2500
const eachMs = 400

const over = new AbortController()
process.stdin.resume().on('end', () => over.abort())

const [mount = ''] = new Machine().cgroup2
const blocked = join(mount, `tstrace-retransmits-${process.pid}`)
const own = join(mount, /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/')
mkdirSync(blocked)
const undo = await dropEgress(blocked)
let begun: {close: () => void}[][] = []
try {
  while (!over.signal.aborted) {
    begun.push([...addresses.flatMap(lossy), inCgroup(() => unansweredConnection('127.0.0.1'))])
    await sleep(eachMs)
    if (begun.length * eachMs > lastsMs) close(begun.shift() ?? [])
  }
} finally {
  begun.forEach(close)
  begun = []
  undo()
  rmdirSync(blocked)
}

function lossy(address: (typeof addresses)[number]): {close: () => void}[] {
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

/** A socket belongs to the cgroup in which it was made. */
function inCgroup<T>(make: () => T): T {
  const enter = (cgroup: string): void => writeFileSync(join(cgroup, 'cgroup.procs'), `${process.pid}`)
  enter(blocked)
  try {
    return make()
  } finally {
    enter(own)
  }
}
