/** How a tool's output is written. */
export const formats = ['table', 'json', 'csv', 'folded'] as const
export type Format = (typeof formats)[number]
