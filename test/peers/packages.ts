import {existsSync} from 'node:fs'

/** Where Debian's bpfcc-tools has a tool. */
export const ofBcc = (tool: string): string => `/usr/sbin/${tool}-bpfcc`

/** Where Debian's libbpf-tools has a tool: since Debian 13 under a name of its own. */
export const ofLibbpf = (tool: string): string => firstThere(`/usr/sbin/${tool}-libbpf`, `/usr/sbin/${tool}`)

/** Where Debian's bpftrace has a tool. */
export const ofBpftrace = (tool: string): string => `/usr/sbin/${tool}.bt`

function firstThere(newer: string, older: string): string {
  return existsSync(newer) ? newer : older
}
