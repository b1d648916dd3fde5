/** What the author of a tool uses; a plugin's tool imports the same as `tstrace/tool`. */
export {defineTool} from './engine/define.js'
export type {
  Collector,
  Counting,
  Filter,
  Keep,
  ProgramParts,
  Source,
  ToolDefinition,
} from './engine/definition.js'
export type {Bucket, Interval, Report, Section} from './engine/event/report.js'
export type {KeyPart, MapEntry, MapShape} from './engine/event/snapshot.js'
export {type Column, computed, int, pieces, reported, text, threadName} from './engine/event/column.js'
export * as columns from './engine/event/columns.js'
export {readable, shorten, type Text, textFrom, TextList} from './engine/event/text.js'
export type {Row, RowContext, Value} from './engine/event/row.js'
export {
  byCgroup,
  byPinnedMap,
  byName,
  byParent,
  byPid,
  byPids,
  byThreads,
  byTid,
  byUid,
  knownCpu,
  withLetters,
  withoutLetters,
} from './engine/filters.js'
export {UsageError} from './engine/errors.js'
export * as Flags from './engine/flag.js'
export {addressText, endpointText} from './engine/event/address.js'
export {fullPath} from './engine/event/path.js'
export {commandLine} from './engine/event/commandline.js'
export {shellQuoted} from './engine/event/quote.js'
export {errorName} from './engine/kernel/errno.js'
export {largeFile, openFlagNames, openFlags, parseOpenFlag, usesMode} from './engine/openflags.js'
export {parseSignals, signalName} from './engine/signals.js'
export {callMap, callReader, callsOf, countCalls} from './engine/calls.js'
export {countStack, stackColumns, stackCounting, type StackParts, usualStackColumns} from './engine/stacks.js'
export {type FoundProbe, notTraced} from './engine/kernel/probes/found.js'
export {
  attaching,
  type FoundPattern,
  patternFlags,
  patternSources,
  resolvePatternFlags,
  tracingBanner,
} from './engine/probing.js'
export {type Distribution, type Key} from './engine/program/distribution.js'
export {bucketRange} from './engine/program/log2.js'
export {distributions, findSpecifiers, type FoundSpecifier, specifierNeeds} from './engine/specifiers.js'
export {localTime} from './engine/event/time.js'
export {probe} from './engine/program/probe.js'
export {all, any, type Bt, bt, list, lit} from './engine/program/bt.js'
export type {Clause} from './engine/program/clause.js'
