import {readlinkSync} from 'node:fs'
import {lit} from '#src/engine/program/bt.js'
import {type KnownWork, theCpu} from '../support/knownwork.js'

/**
 * A golden program, with the process that works in place of what its filters look for, and with no events but those of this
 * process and its children: what others do would be seen by the tracer that is there longer.
 */
export function adapted(program: string, work: KnownWork): string {
  const {pid, child, comm} = work
  const found = program
    .replaceAll(/\b(pid|tid|tgid) == 18\d\b/g, (_, name: string) => `${name} == ${pid}`)
    .replaceAll('@followed[181]', `@followed[${pid}]`)
    // It works already.
    .replaceAll(' && @began', '')
    .replaceAll('== -181', `== ${-child}`)
    .replaceAll('uid == 1000', 'uid == 0')
    .replaceAll(/\bcpu == \d/g, `cpu == ${theCpu}`)
    .replaceAll('"nginx"', lit(comm).toString())
  return program.includes('struct sock_common') ? ofNetwork(found, pid) : ofProcess(found, pid)
}

const ofProcess = (program: string, pid: number): string =>
  restricted(program, () => `(pid == ${pid} || curtask->real_parent->tgid == ${pid})`)

/** What is sent again is sent by whoever is interrupted; the socket tells the network namespace. */
function ofNetwork(program: string, pid: number): string {
  const inode = /\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0]
  return restricted(program, (body) => {
    const socket = /\$sk = ([^;]+);/.exec(body)?.[1]
    return `(${socket})->skc_net.net->ns.inum == ${inode}`
  })
}

/** A program whose clauses, those of BEGIN and END aside, have one condition more. */
function restricted(program: string, condition: (body: string) => string): string {
  return program.replaceAll(
    /^((?:[a-z]+:.*\n)+)(?:\/(.*)\/\n)?(\{[^]*?\n\}\n)/gm,
    (_, probes: string, when: string | undefined, body: string) =>
      `${probes}/${condition(body)}${when === undefined ? '' : ` && (${when})`}/\n${body}`,
  )
}
