/** An option of BCC's tools, or of libbpf-tools', that ours do not have. */
interface Foreign {
  /** Why not, after its name. */
  readonly says: string
  /** What comes near. */
  readonly hint: string
  /** The tools that are asked for it; without them, those with this flag. */
  readonly tools?: readonly string[]
  readonly near?: string
}

const pinnedMap: Foreign = {
  says: 'opensnoop, execsnoop and profile look into pinned maps',
  hint: '--cgroup takes a directory of the cgroup file system',
  near: 'cgroup',
}

const callers: Foreign = {
  says: 'opensnoop does not show who called open()',
  hint: "tstrace stackcount -U 't:syscalls:sys_enter_open*' does",
  tools: ['opensnoop'],
}

const foreign: Readonly<Record<string, Foreign>> = {
  '--cgroupmap': pinnedMap,
  '--mntnsmap': pinnedMap,
  '--exec': {
    says: 'a command comes at the end, after --',
    hint: 'tstrace opensnoop -- COMMAND',
    tools: ['opensnoop'],
  },
  '-c': callers,
  '--callers': callers,
}

/**
 * What is said to somebody who types an option that the tool has elsewhere; undefined for any other option.
 * @param option as it was typed, without its value
 * @param flags the names of those that our tool has
 */
export function foreignOption(
  option: string,
  tool: string | undefined,
  flags: readonly string[],
): {message: string; hint: string} | undefined {
  const known = Object.hasOwn(foreign, option) ? foreign[option] : undefined
  if (known === undefined) return undefined
  const {says, hint, tools, near} = known
  const isMeant =
    tools === undefined ? near !== undefined && flags.includes(near) : tools.includes(tool ?? '')
  return isMeant ? {message: `${option}: ${says}`, hint} : undefined
}
