import type {HasField, Ids, Source, ToolDefinition} from './definition.js'
import type {Column} from './event/column.js'
import {pieceColumns, rowTag} from './event/rows.js'
import type {Selection} from './event/select.js'
import type {FlagTable, FlagValues} from './flag.js'
import {commandAlone, descendants, type Followed} from './follow.js'
import {type Bt, bt} from './program/bt.js'
import type {Clause} from './program/clause.js'
import type {PidNamespace} from './kernel/pidnamespace.js'
import {emitMessage, notSelf, parentId, parentIdIn, programText} from './program/generate.js'

/** What a program is made from, besides the tool. */
export interface GenerateOptions {
  readonly flags: FlagValues<FlagTable>
  readonly selection: Selection
  /** What the tool's `resolve` found. */
  readonly resolved?: unknown
  readonly includeSelf: boolean
  /** Whether a command is traced; its process id is a parameter of the program. */
  readonly tracesCommand: boolean
  /** Whether this machine has a probe; every one is taken to be there if not given. */
  readonly exists?: (probe: string) => boolean
  /** Whether a tracepoint has a field; every one is taken to be there if not given. */
  readonly hasField?: HasField
  /** The pid namespace whose ids are meant; none for that of the machine itself. */
  readonly pidNamespace?: PidNamespace | undefined
}

/** The text of the program that feeds `tool` from `source`. A pure function: no machine is looked at. */
export function generateProgram(tool: ToolDefinition, source: Source, options: GenerateOptions): string {
  const {flags, selection, resolved, includeSelf, tracesCommand, exists, pidNamespace} = options
  const {hasField = () => true} = options
  const pieces = pieceColumns(tool.columns, selection)
  const ids: Ids = {parent: pidNamespace === undefined ? parentId : parentIdIn(pidNamespace)}
  const sent = selection.sent
    .map((name) => expressionOf(tool.columns, name))
    .map((expression) => (expression === parentId ? ids.parent : expression))
  const followed = followedBy(tool, options)
  const conditions = tool.filters
    // Processes that are followed stand in their own condition.
    .filter(({processes}) => processes === undefined || flags['follow'] !== true)
    .map((filter) => filter.where(flags, ids))
    .filter((condition) => condition !== undefined)
  const excluded = tracesCommand || tool.filters.some((filter) => filter.excludesSelf?.(flags) === true)
  // What comes from the scheduler, and what tells threads apart, are ids of the kernel, as `tid` is where nothing hides it.
  const hidden = pidNamespace !== undefined
  const thread = hidden ? bt`curtask->pid` : bt`tid`
  const clauses: readonly Clause[] = [
    ...(followed?.clauses ?? []),
    ...tool.filters.flatMap((filter) => filter.clauses?.(flags) ?? []),
    ...source.program({
      flags,
      resolved,
      hasField,
      filters:
        tool.systemWide === true
          ? []
          : [
              ...(followed ? [followed.when] : []),
              ...(excluded || includeSelf ? [] : [notSelf]),
              ...conditions,
            ],
      sends: (name) => selection.sent.includes(name),
      stamp: pieces.length > 0 && bt`$time = nsecs;`,
      // A thread is in one event at a time, so that thread and time together say which one it is.
      emit: emitMessage(rowTag, [...(pieces.length > 0 ? [bt`$time`, thread] : [bt`nsecs`]), ...sent]),
      send: (values) => emitMessage(rowTag, values),
      emitPiece: (name, piece) => emitMessage(pieces.indexOf(name) + 1, [bt`$time`, thread, piece]),
    }),
  ]
  return programText(clauses, exists)
}

/** Which processes are traced, if the flags or a command say so. */
function followedBy(
  tool: ToolDefinition,
  {flags, tracesCommand, pidNamespace}: GenerateOptions,
): Followed | undefined {
  // Its events are nobody's.
  if (tool.systemWide === true) return undefined
  const pids =
    flags['follow'] === true ? tool.filters.flatMap((filter) => filter.processes?.(flags) ?? []) : []
  const follows = flags['follow'] === true || tool.follows === true
  if (!follows) return tracesCommand ? commandAlone : undefined
  if (!tracesCommand && pids.length === 0) return undefined
  return descendants({
    pids,
    command: tracesCommand && (tool.follows === true ? 'with its exec' : 'from its first instruction'),
    hidden: pidNamespace !== undefined,
  })
}

function expressionOf(columns: Readonly<Record<string, Column>>, name: string): Bt {
  return columns[name]?.sent ?? bt``
}
