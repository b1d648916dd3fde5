import {constants as system} from 'node:os'

/** Numbers of errors (errno.h). */
const {errno: errors} = system

/**
 * Constants that are `#define`s in the kernel's headers, which its description of types does not have, for programs that would
 * include them: include/uapi/linux/socket.h, include/net/tcp_states.h, include/linux/sched.h and others.
 */
const constants: Readonly<Record<string, bigint>> = {
  AF_UNSPEC: 0n,
  AF_UNIX: 1n,
  AF_LOCAL: 1n,
  AF_INET: 2n,
  AF_INET6: 10n,
  AF_NETLINK: 16n,
  AF_PACKET: 17n,
  PF_KTHREAD: 0x0020_0000n,
  TASK_RUNNING: 0n,
  TASK_INTERRUPTIBLE: 1n,
  TASK_UNINTERRUPTIBLE: 2n,
  TASK_COMM_LEN: 16n,
  ETH_P_IP: 0x0800n,
  ETH_P_IPV6: 0x86ddn,
  IPPROTO_TCP: 6n,
  IPPROTO_UDP: 17n,
  AT_FDCWD: -100n,
  O_RDONLY: 0n,
  O_WRONLY: 1n,
  O_RDWR: 2n,
  O_CREAT: 0o100n,
  O_EXCL: 0o200n,
  O_TRUNC: 0o1000n,
  O_APPEND: 0o2000n,
  O_CLOEXEC: 0o2000000n,
  NULL: 0n,
}

export function wellKnown(name: string): bigint | undefined {
  const error = /^E[A-Z0-9]+$/.test(name) ? Object.entries(errors).find(([each]) => each === name) : undefined
  if (error !== undefined) return BigInt(error[1])
  return Object.hasOwn(constants, name) ? constants[name] : undefined
}
