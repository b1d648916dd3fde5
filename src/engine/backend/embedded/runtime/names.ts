import type {KernelSymbols} from '../../../kernel/kallsyms.js'
import type {UserSymbols} from '../../../kernel/usersymbols.js'

/** What turns numbers of the kernel into the names that people know. All names are made when they are asked for. */
export interface Names {
  readonly kernel: Pick<KernelSymbols, 'resolve' | 'frames'>
  readonly user: Pick<UserSymbols, 'resolve' | 'frames'>
  /** A time of the boot clock in a format of strftime(3), in which `%f` is the microseconds. */
  readonly time: (format: string, boot: bigint) => string
  /** The time it is, likewise. */
  readonly now: (format: string) => string
  /** The paths of a cgroup in all hierarchies, or in those whose name matches the filter. */
  readonly cgroup: (id: bigint, filter?: string) => string
  /** The name of a user, or null if nobody has that id. */
  readonly userName: (id: number) => string | null
  /** What strerror(3) says, of what a system call returned, too, which is negative. */
  readonly errorText: (error: number) => string
}
