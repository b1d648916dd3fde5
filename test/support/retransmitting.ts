import {readFileSync} from 'node:fs'
import {createInterface} from 'node:readline'
import {setTimeout as sleep} from 'node:timers/promises'
import koffi from 'koffi'
import {deafClient, deafServer, loopbacks, unansweredConnection} from './tcp.js'

/**
 * A process, in a network namespace of its own, that begins connections in which something is sent again when it is told to
 * go, and says when each kind was and all are reset.
 */
const libc = koffi.load(null)
const socket = libc.func('int socket(int domain, int type, int protocol)')
const ioctl = libc.func('int ioctl(int fd, unsigned long request, void *argument)')

const setInterfaceFlags = 0x8914
const isUp = 1

function raiseLoopback(): void {
  const request = Buffer.alloc(40)
  request.write('lo')
  request.writeUInt16LE(isUp, 16)
  if (ioctl(socket(2, 1, 0), setInterfaceFlags, request) !== 0)
    throw new Error(`the loopback interface: errno ${koffi.errno()}`)
}

/** A counter of this network namespace, such as `TcpExt` `TCPSynRetrans`. */
function counter(file: string, group: string, name: string): number {
  const [names = [], values = []] = readFileSync(`/proc/self/net/${file}`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${group}:`))
    .map((line) => line.split(' '))
  return Number(values[names.indexOf(name)])
}

/** How often something was sent again: what begins a connection, and what comes later. */
function sentAgain(): {first: number; later: number} {
  const first = counter('netstat', 'TcpExt', 'TCPSynRetrans')
  return {first, later: counter('snmp', 'Tcp', 'RetransSegs') - first}
}

async function retransmit(): Promise<void> {
  const unheard = loopbacks.map(deafServer)
  const others = loopbacks.flatMap((address) => [unansweredConnection(address), deafClient(address)])
  for (const {client} of unheard) client.send('unheard')
  const enough = (): boolean => {
    const {first, later} = sentAgain()
    return first >= others.length && later >= unheard.length
  }
  while (!enough()) await sleep(20)
  // A deaf one would send its FIN again, too.
  for (const {client, server} of unheard) for (const end of [client, server]) end.abort()
  for (const each of [...unheard, ...others]) each.close()
}

raiseLoopback()
process.stdout.write('ready\n')
for await (const line of createInterface({input: process.stdin})) {
  if (line !== 'go') break
  await retransmit()
  process.stdout.write('done\n')
}
process.exit(0)
