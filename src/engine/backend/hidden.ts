/** What a user should know of an engine in a pid namespace, whose ids it does not see. */
export function hiddenIds(engine: string): string {
  return `this is a pid namespace: ${engine} knows processes by the ids that they have outside of it, also for -p`
}

/** The embedded engine, where the kernel cannot tell it where it is. */
export const withoutTypes = 'the embedded engine, without kernel types (BTF),'
