import type {ToolCard} from '../definition.js'
import {flagGroups} from '../flag.js'
import {page, prose, section, terms, widest} from './layout.js'

const headings = Object.values(flagGroups)

/** What oclif's manifest says of a command, as far as its help shows it. */
export interface CommandView {
  readonly id: string
  readonly summary?: string | undefined
  readonly description?: string | undefined
  readonly usage?: string | string[] | undefined
  readonly examples?:
    readonly (string | {readonly command: string; readonly description: string})[] | undefined
  readonly args?: Readonly<Record<string, ArgumentView>>
  readonly flags?: Readonly<Record<string, FlagView>>
  readonly tstrace?: ToolCard
  /** For commands that are no tools. */
  readonly completes?: ToolCard['completes']
}

interface ArgumentView {
  readonly name: string
  readonly description?: string | undefined
  readonly required?: boolean | undefined
  readonly hidden?: boolean | undefined
}

export interface FlagView {
  readonly type?: string | undefined
  readonly options?: readonly string[] | undefined
  readonly char?: string | undefined
  readonly description?: string | undefined
  readonly helpGroup?: string | undefined
  readonly helpValue?: string | string[] | undefined
  readonly multiple?: boolean | undefined
  readonly hidden?: boolean | undefined
}

/**
 * The help of a command, from its manifest: nothing of it is loaded.
 * @param pages whether there is a man page
 */
export function commandHelp(command: CommandView, hasPage: boolean): string {
  const {id, summary = '', description, flags = {}, args = {}, tstrace: card} = command
  const words = id.replaceAll(':', ' ')
  const seen = Object.entries(flags).filter(([, {hidden}]) => hidden !== true)
  const groups = [
    ...headings.map((heading) => [heading.toUpperCase(), seen.filter(isIn(heading))] as const),
    ['FLAGS', seen.filter(isIn(undefined))] as const,
  ].map(([heading, own]) => [heading, own.map(flagRow)] as const)
  const positional = Object.values(args).filter(({hidden}) => hidden !== true)
  const argumentRows = positional.map(({name, description: text = ''}) => [name.toUpperCase(), text] as const)
  const room = Math.max(widest(argumentRows), ...groups.map(([, rows]) => widest(rows)))
  return page([
    prose(summary).join('\n'),
    section('USAGE', prose(`tstrace ${words} ${usageOf(command, positional, seen.length > 0)}`.trim())),
    section('ARGUMENTS', terms(argumentRows, room)),
    ...groups.map(([heading, rows]) => section(heading, terms(rows, room))),
    description === undefined ? undefined : section('DESCRIPTION', prose(description)),
    section('EXAMPLES', exampleLines(command)),
    card?.overhead && section('OVERHEAD', prose(card.overhead)),
    card?.sources && section('EVENT SOURCES, best first', terms(card.sources)),
    hasPage ? `\`tstrace man ${words}\` has more: what is not seen, all columns, what it costs.` : undefined,
  ])
}

function isIn(group: string | undefined): (entry: [string, FlagView]) => boolean {
  return ([, {helpGroup}]) => headings.find((heading) => heading === helpGroup) === group
}

function usageOf({usage}: CommandView, positional: readonly ArgumentView[], hasFlags: boolean): string {
  if (usage !== undefined) return [usage].flat()[0]?.replace(/^<%= command\.id %> ?/, '') ?? ''
  const words = positional.map(({name, required}) =>
    required === true ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  )
  return [...(hasFlags ? ['[FLAGS]'] : []), ...words].join(' ')
}

function flagRow([name, {char, helpValue, multiple, description = ''}]: [string, FlagView]): readonly [
  string,
  string,
] {
  const value = helpValue === undefined ? '' : ` ${[helpValue].flat().join(' ')}`
  return [
    `${char === undefined ? '   ' : `-${char},`} --${name}${value}${multiple === true ? '...' : ''}`,
    description,
  ]
}

/** A line that says what for, and one to be copied as it stands: no prompt, no wrapping, no template left. */
function exampleLines({examples = []}: CommandView): string[] {
  const lines = examples.map((example) =>
    typeof example === 'string' ? {command: example, description: ''} : example,
  )
  return lines.flatMap(({command, description}) => [
    ...(description === '' ? [] : prose(`${description}:`)),
    `  ${command.replaceAll('<%= config.bin %>', 'tstrace')}`,
  ])
}
