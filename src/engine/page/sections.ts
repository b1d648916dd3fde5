import {defaultFlags} from '../defaults.js'
import {allFlags, argumentsOf} from '../define.js'
import type {ToolDefinition} from '../definition.js'
import type {Column} from '../event/column.js'
import {headerOf, jsonColumns} from '../event/select.js'
import {type Flag, type FlagGroup, flagGroups, type FlagTable, type FlagValues} from '../flag.js'
import {stackColumns} from '../stacks.js'

/** The sections made from a tool's definition; all others are written by hand. */
const generated: Readonly<Record<string, (name: string, tool: ToolDefinition, shown: Shown) => string>> = {
  SYNOPSIS: synopsis,
  OPTIONS: options,
  FIELDS: fields,
}

/** So that a line fits in 80 columns, indented as man does it. */
const width = 71

/** What a tool's page is made with. */
export interface Shown {
  readonly flags: FlagValues<FlagTable>
  /** What the tool's `resolve` found, if it has one. */
  readonly resolved?: unknown
}

/**
 * A page with its generated sections brought up to date.
 *
 * @param shown for a tool that does nothing without being told what to trace; without any flag, if not given
 * @throws Error if one of them is not there
 */
export function renderPage(
  page: string,
  name: string,
  tool: ToolDefinition,
  shown: Shown = {flags: defaultFlags(tool)},
): string {
  const sections = page.split(/^(?=## )/m)
  const heading = (section: string): string => /^## (.*)/.exec(section)?.[1] ?? ''
  for (const wanted of Object.keys(generated)) {
    if (!sections.some((section) => heading(section) === wanted))
      throw new Error(`the page of ${name} has no section ${wanted}`)
  }
  return sections
    .map((section) => {
      const make = generated[heading(section)]
      return make === undefined ? section : `## ${heading(section)}\n\n${make(name, tool, shown).trim()}\n\n`
    })
    .join('')
}

function synopsis(name: string, tool: ToolDefinition): string {
  const command = `tstrace ${name}`
  const lines = [command]
  const words = byGroup(tool).flatMap(([, flags]) => flags.map(([long, flag]) => usage(long, flag)))
  const positional = argumentsOf(allFlags(tool)).map(([, {value, required}]) =>
    required === true ? String(value) : `[${String(value)}]`,
  )
  for (const word of [...words, ...positional, '[-- COMMAND [ARG]...]']) {
    const line = `${lines.at(-1)} ${word}`
    if (line.length <= width) lines[lines.length - 1] = line
    else lines.push(`${' '.repeat(command.length)} ${word}`)
  }
  return ['```', ...lines, '```'].join('\n')
}

function usage(long: string, {char, value, multiple}: Flag): string {
  const word = char === undefined ? `--${long}` : `-${char}`
  return `[${value === undefined ? word : `${word} ${value}`}]${multiple === true ? '...' : ''}`
}

function options(_name: string, tool: ToolDefinition): string {
  const whom = tool.follows === true ? 'it and the processes that descend from it' : 'it'
  const command = entry(
    '**--** _COMMAND_ [_ARG_]...',
    tool.systemWide === true
      ? 'Start COMMAND when tracing begins, and end with it. The events of the whole machine are shown, not only those that COMMAND causes. What it prints goes to stderr.'
      : `Start COMMAND and trace ${whom} only, from its first instruction to its end; the run ends with it. What it prints goes to stderr.`,
  )
  const positional = argumentsOf(allFlags(tool)).map(([, flag]) => entry(`_${flag.value}_`, describe(flag)))
  const sections = byGroup(tool).map(([group, flags]) => {
    const entries = flags.map(([long, flag]) =>
      entry(term(long, flag), describe(flag, whereFiltered(tool, long, flag))),
    )
    return [`### ${flagGroups[group]}`, ...entries, ...(group === 'filter' ? [command] : [])].join('\n\n')
  })
  return [...positional, ...sections].join('\n\n')
}

function byGroup(tool: ToolDefinition): (readonly [FlagGroup, [string, Flag][]])[] {
  const flags = Object.entries(allFlags(tool)).filter(([, {position}]) => position === undefined)
  return (Object.keys(flagGroups) as FlagGroup[]).map((group) => [
    group,
    flags.filter(([, flag]) => flag.group === group),
  ])
}

function term(long: string, {char, value}: Flag): string {
  const names = [...(char === undefined ? [] : [`**-${char}**`]), `**--${long}**`].join(', ')
  return value === undefined ? names : `${names} _${value}_`
}

function describe({description, details}: Flag, more?: string): string {
  return [description, details, more].filter((text) => text !== undefined).join(' ')
}

/** Where a filter works, as the definition has it: on rows that were received, or else in the program. */
function whereFiltered(
  tool: ToolDefinition,
  name: string,
  {group, selects, value}: Flag,
): string | undefined {
  if (group !== 'filter' || selects === true) return undefined
  const isKept = tool.keep?.({...defaultFlags(tool), [name]: value === undefined ? true : /x/}) !== undefined
  return isKept ? 'Filtered by tstrace, not in the kernel.' : 'Filtered in the kernel.'
}

/** A list of flags by their groups, with the long names only. */
export function flagList(all: readonly (readonly [string, Flag])[]): string {
  return (Object.keys(flagGroups) as FlagGroup[])
    .map((group) => {
      const own = all.filter(([, flag]) => flag.group === group)
      const entries = own.map(([long, flag]) =>
        entry(`**--${long}**${flag.value === undefined ? '' : ` _${flag.value}_`}`, describe(flag)),
      )
      return [`### ${flagGroups[group]}`, ...entries].join('\n\n')
    })
    .join('\n\n')
}

function fields(_name: string, tool: ToolDefinition, {flags, resolved}: Shown): string {
  const shown = tool.show(flags, 'table')
  const header = (key: string): string => tool.columns[key]?.header ?? key.toUpperCase()
  const more = jsonColumns(tool.columns, shown).filter((key) => !shown.includes(key))
  const columns = Object.entries(tool.columns).filter(([, column]) => column.internal !== true)
  if (tool.columns === stackColumns) return stackFields(columns)
  const counting = tool.counting?.(flags, resolved)
  const kind = counting === undefined ? 'event' : counting.layout === 'table' ? 'interval' : 'count'
  const plural = {event: 'Events', interval: 'Intervals', count: 'Counts'}[kind]
  return [
    `Each column with its header in the table and, in brackets, its name in JSON and CSV; **--columns** takes either. Without flags the table shows ${shown.map(header).join(', ')}.`,
    ...columns.map(([key, column]) => entry(`**${headerOf(key, column)}** (\`${key}\`)`, column.description)),
    '### JSON',
    `With **--json** each line is an object; \`type\` says which kind. ${
      more.length > 0
        ? `${plural} have the columns of the table and ${more.map((key) => `\`${key}\``).join(', ')}, or those of **--columns**. `
        : ''
    }New fields may come at any time; \`schema\` changes when one changes its meaning or goes away.`,
    ...jsonKinds(kind, 'histogram' in tool.flags).map(([name, text]) => entry(`\`${name}\``, text)),
  ].join('\n\n')
}

function stackFields(columns: readonly (readonly [string, Column])[]): string {
  return [
    'For people, stacks are blocks of lines, see DESCRIPTION. In JSON and CSV each is a record with its `time` and the `seconds` of the interval. JSON has all of the fields but `stack`, CSV has `pid`, `stack` and `count`, or what **--columns** says; a half in CSV is one line, from the outermost function inwards.',
    ...columns.map(([key, column]) => entry(`\`${key}\``, column.description)),
    '### JSON',
    'With **--json** each line is an object; `type` says which kind. New fields may come at any time; `schema` changes when one changes its meaning or goes away.',
    ...jsonKinds('stack').map(([name, text]) => entry(`\`${name}\``, text)),
  ].join('\n\n')
}

/** The kinds of records of a tool that shows events, or of one that reports intervals, stacks, or counts in each of them. */
function jsonKinds(
  data: 'event' | 'interval' | 'stack' | 'count',
  hasHistograms = false,
): (readonly [string, string])[] {
  const when = 'the `time` of the end of the interval, and the `seconds` it really took'
  const values =
    'A value that is not known is null. A number that a double cannot hold is a string of its digits. A text that is not UTF-8 has its odd bytes written as `\\xNN`, and all its bytes in a second field, with `_base64` after the name. Where a text was cut, a field with `_cut` after the name is true.'
  return [
    ['start', 'Tracing has begun: `schema`, `tool`, `version`, `kernel`, `engine`, `source`, `time`.'],
    data === 'event'
      ? ['event', `One event. ${values}`]
      : data === 'interval'
        ? [
            'interval',
            `One interval: the \`time\` of its end, and the \`seconds\` it really took. A value that is not known is null.`,
          ]
        : data === 'stack'
          ? [
              'stack',
              `One stack and how often it was there, with the fields above, ${when}. Where stacks with different addresses look the same they are one, with the addresses of the first.`,
            ]
          : ['count', `One row: the \`label\` that stands over it, if there is one, ${when}.`],
    ...(hasHistograms
      ? [
          [
            'histogram',
            `One histogram that is not empty: its \`label\`, ${when}, and \`buckets\` with \`min\`, \`max\` (both included) and \`count\`.`,
          ] as const,
        ]
      : []),
    [
      'lost',
      data === 'event'
        ? 'So many `events` were lost since it was last said.'
        : data === 'stack'
          ? 'So many messages (`events`) of the kernel side were lost since it was last said. Nothing is missing in the counts, but names of functions may be.'
          : 'So many messages (`events`) of the kernel side were lost since it was last said. Nothing is missing in the sum, but an interval may be missing, or a count may come an interval late.',
    ],
    ['warning', 'Something to know about the data, in `message`.'],
    [
      'end',
      data === 'event'
        ? 'The last line: the `reason` of the end, and how many `events` were shown, `lost`, and shown with a `cut` text; and `missed`, if the kernel passed over some.'
        : 'The last line: the `reason` of the end, and how many rows (`events`) were shown and messages `lost`; and `missed`, if the kernel passed over events.',
    ],
  ]
}

/** An item of a list of terms. Flags in its text become bold; what Markdown would take for a mark is escaped. */
function entry(name: string, text: string): string {
  const parts = text.split(/(`[^`]*`)/).map((part) =>
    part.startsWith('`')
      ? part
      : part
          .replace(/[*<\\]/g, '\\$&')
          .replace(/(?<![\w-])(--[a-z][a-z-]*|-[A-Za-z0-9])(?![\w-])/g, '**$1**')
          // A name such as `<field>_base64` cannot begin with a mark here; flags by name can.
          .replace(/(?<!\w)_|_(?!\w)/g, '\\_'),
  )
  return `- ${name}\n\n  ${parts.join('')}`
}
