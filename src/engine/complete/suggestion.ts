/** What is looked up on the machine. */
export type LiveKind = 'cgroup' | 'cpu' | 'name' | 'pid' | 'signal' | 'tid' | 'user'

/** What completion knows to look up. */
export type Kind =
  LiveKind | 'column' | 'command' | 'file' | 'pattern' | 'plugin' | 'source' | 'specifier' | 'tool'

/** Where the candidates for a value come from: looked up, or a few words. */
export interface Suggestion {
  readonly from: Kind | readonly string[]
  /** The value is a list with commas. */
  readonly commas?: true
}
