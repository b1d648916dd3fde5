/** What can run programs. */
export const engines = ['embedded', 'bpftrace'] as const
export type Engine = (typeof engines)[number]

/** What a user may ask for. */
export const engineChoices = ['auto', ...engines] as const
export type EngineChoice = (typeof engineChoices)[number]

/** What `auto` tries, in this order: bpftrace only where the embedded engine cannot run, or refuses the program. */
export const automatic: readonly Engine[] = ['embedded', 'bpftrace']
