/** A word that would complete what was typed. */
export interface Candidate {
  readonly word: string
  /** What it is, for shells that show it. */
  readonly text?: string | undefined
  /** More of the same word may follow: no space comes after it. */
  readonly open?: boolean
}

/**
 * What a shell is to do: take candidates, complete a file, or complete the command that stands after so many words,
 * `tstrace` included.
 */
export type Answer = readonly Candidate[] | 'files' | {readonly commandAt: number}

/** Names of things outside end on somebody's command line: one that a line cannot hold is no candidate. */
export function isPresentable(word: string): boolean {
  return word !== '' && !/[\x00-\x1f\x7f]/.test(word)
}

export function isCandidates(answer: Answer): answer is readonly Candidate[] {
  return Array.isArray(answer)
}
