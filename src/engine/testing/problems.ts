import {defaultFlags} from '../defaults.js'
import {allFlags} from '../define.js'
import type {ToolDefinition} from '../definition.js'
import {engineFlags} from '../flags.js'
import {renderPage} from '../page/sections.js'

/**
 * What is against the rules for tools, a line each: those that users rely on, whoever the tool is from.
 *
 * @param page its man page as Markdown, if it is to be looked at, too
 */
export function problemsOf(name: string, tool: ToolDefinition, page?: string): string[] {
  return [
    ...texts(tool),
    ...flags(tool),
    ...columns(tool),
    ...sources(tool),
    ...(page === undefined ? [] : pageProblems(name, tool, page)),
  ]
}

function texts(tool: ToolDefinition): string[] {
  const {summary, description, requirements, overhead} = tool
  const said = {
    summary,
    description,
    requirements,
    'overhead.rate': overhead.rate,
    'overhead.cost': overhead.cost,
  }
  const described: Readonly<Record<string, {readonly description: string}>>[] = [allFlags(tool), tool.columns]
  const sentences = [
    ['summary', summary],
    ...described.flatMap((table) => Object.entries(table).map(([key, {description}]) => [key, description])),
  ]
  return [
    ...Object.entries(said).flatMap(([where, text]) =>
      /\bTODO\b/.test(text) ? [`${where}: still to be written`] : [],
    ),
    ...sentences.flatMap(([where = '', text = '']) =>
      /^[A-Z0-9`"].*\.$/s.test(text) ? [] : [`${where}: '${text}' is no sentence`],
    ),
    ...(tool.examples.length === 0 ? ['examples: there is none'] : []),
  ]
}

function flags(tool: ToolDefinition): string[] {
  const letters = Object.entries(allFlags(tool)).flatMap(([flag, {char}]) => (char ? [{char, flag}] : []))
  const filters = tool.filters.flatMap((filter) => Object.keys(filter.flags as object))
  const names = [...filters, ...Object.keys(tool.flags), ...Object.keys(engineFlags)]
  return [
    ...repeated(letters.map(({char}) => char)).map((char) => `flags: several have the letter -${char}`),
    ...letters.flatMap(({char, flag}) =>
      /^[hV]$/.test(char) ? [`--${flag}: -${char} is for help and version`] : [],
    ),
    ...repeated(names).map((flag) => `--${flag}: a filter or the engine has a flag of that name`),
    ...Object.keys(tool.letters ?? {}).flatMap((flag) =>
      flag in engineFlags ? [] : [`letters: the engine has no flag --${flag}`],
    ),
  ]
}

function columns(tool: ToolDefinition): string[] {
  const isThere = (column: string): boolean => column in tool.columns || column === 'time_ns'
  const shown = tool.show(defaultFlags(tool), 'table')
  return [
    ...Object.entries(tool.columns).flatMap(([key, {type, sent, compute, from = []}]) => [
      ...(/^[a-z][a-z0-9_]*$/.test(key) ? [] : [`column ${key}: its name is not in snake_case`]),
      ...(['int', 'text'].includes(type) === (sent !== undefined)
        ? []
        : [`column ${key}: what is sent for it?`]),
      ...((type === 'computed') === (compute !== undefined)
        ? []
        : [`column ${key}: what is it computed by?`]),
      ...from.flatMap((other) => (isThere(other) ? [] : [`column ${key}: there is no column ${other}`])),
    ]),
    ...(shown.length === 0 ? ['show: no column is shown'] : []),
    ...shown.flatMap((column) =>
      tool.columns[column] === undefined || tool.columns[column].internal === true
        ? [`show: there is no column ${column} to show`]
        : [],
    ),
  ]
}

function sources(tool: ToolDefinition): string[] {
  return repeated(tool.sources.map(({name}) => name)).map((name) => `sources: several are named ${name}`)
}

/** The headings of a page, in their order; a page may have more. */
const headings = [
  ...['NAME', 'SYNOPSIS', 'DESCRIPTION', 'REQUIREMENTS', 'OPTIONS', 'EXAMPLES', 'FIELDS', 'OVERHEAD'],
  ...['EXIT STATUS', 'SEE ALSO'],
]

function pageProblems(name: string, tool: ToolDefinition, page: string): string[] {
  const own = [...page.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading)
  const missing = headings.filter((heading) => !own.includes(heading))
  if (missing.length > 0) return missing.map((heading) => `page: there is no section ${heading}`)
  const inOrder = own.filter((heading) => headings.includes(heading))
  return [
    ...(inOrder.join() === headings.join()
      ? []
      : [`page: the order of the sections is ${headings.join(', ')}`]),
    ...(/\bTODO\b/.test(page) ? ['page: still to be written'] : []),
    ...tool.sources.flatMap((source) =>
      page.includes(`**${source.name}**`) ? [] : [`page: it does not say what ${source.name} requires`],
    ),
    ...(renderPage(page, name, tool) === page ? [] : ['page: it is older than the definition: build again']),
  ]
}

function repeated(words: readonly string[]): string[] {
  return [...new Set(words.filter((word, index) => words.indexOf(word) !== index))]
}
