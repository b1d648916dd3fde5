import type {CType} from '../../../program/ctype.js'
import type {TracepointField} from '../../../program/fields.js'
import type {Attachment} from '../object.js'
import type {Space} from './type.js'

/** Where a probe finds a member of `args`. */
export type Argument =
  /** In the record of a tracepoint. */
  | {
      readonly kind: 'field'
      readonly field: TracepointField
      readonly type: CType
      readonly isElsewhere: boolean
    }
  /** In one of the 8-byte slots of the context. */
  | {readonly kind: 'slot'; readonly index: number; readonly type: CType}

/** The members of `args` by their names. */
export type Arguments = Pick<ReadonlyMap<string, Argument>, 'get' | 'keys'>

export type ProbeKind =
  | Exclude<Attachment['kind'], 'begin' | 'end'>
  | 'begin'
  | 'end'
  /** A uprobe whose arguments are where its note says. */
  | 'usdt'

/** What a program can know of the probe it runs for. */
export interface ProbeFacts {
  readonly kind: ProbeKind
  /** As `probe` prints it: `kprobe:vfs_read`. */
  readonly label: string
  readonly attachment: Attachment
  /** BPF_PROG_TYPE_*. */
  readonly programType: number
  /** The memory that its addresses are in where nothing else tells. */
  readonly space: Space
  /** The members of `args`; undefined if it has none. */
  readonly args?: () => Arguments
  /** The members of `ctx`; undefined where it is an address only. */
  readonly context?: () => Arguments
  /** For a probe where a function returns: the type of what it returns, and its slot. */
  readonly returned?: {readonly type: CType; readonly slot: number}
  /** Of a USDT probe, where its arguments are. */
  readonly operands?: readonly string[]
  /** Whether its code can be that of no other probe. */
  readonly isOwn?: true
  /** The same as probes of one place each, for code that asks where it is. */
  readonly split?: () => readonly ProbeFacts[]
}
