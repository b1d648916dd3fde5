import {Args, Command, Flags, type Interfaces} from './oclif.js'
import {type ToolCard, type ToolDefinition, toolApi, toolMark} from './definition.js'
import {describeError, UsageError} from './errors.js'
import {type Flag, flagGroups, type FlagTable, type FlagValues} from './flag.js'
import {type EngineFlags, engineFlags, rowFormat, stackColumnsFlag} from './flags.js'
import {foreignOption} from './foreign.js'
import {isIt} from './near.js'
import {stackColumns, stacksAtOnce} from './stacks.js'

/** A command that is a tool; `[toolMark]` is its definition. */
export type ToolCommand = typeof Command & {
  readonly [toolMark]: ToolDefinition
  readonly tstrace: ToolCard
}

/** Flags as the parser of the command line gives them. */
type RawFlags = Record<string, string | string[] | boolean | undefined>

/** All flags of a tool, in the order of the help: those of its filters, its own, the engine's. */
export function allFlags(tool: ToolDefinition): FlagTable {
  const tables = [...tool.filters.map((filter) => filter.flags as FlagTable), tool.flags, engineFlags]
  const flags = Object.assign({}, ...tables) as FlagTable
  for (const [name, char] of Object.entries(tool.letters ?? {}))
    flags[name] = {...(flags[name] as Flag), char}
  // Its error says why there is no other one.
  if (tool.format === undefined) flags['format'] = rowFormat
  // Without a process that the events belong to, none can be told to be our own.
  if (tool.systemWide === true) delete flags['include-self']
  // Counts are asked for, and do not come by themselves.
  if (tool.counting !== undefined) delete flags['latency']
  if (tool.columns === stackColumns) {
    flags['columns'] = stackColumnsFlag
    // Without intervals, they come all at once.
    if (!('interval' in tool.flags)) delete flags['limit']
  }
  return flags
}

/** Makes the command class of a tool; the one call in a tool's file. */
export function defineTool<F extends FlagTable, R = undefined>(
  definition: ToolDefinition<F, R>,
): ToolCommand {
  const tool = definition as unknown as ToolDefinition
  const flags = allFlags(tool)

  return class extends Command {
    // Without arguments of its own, oclif would take a stray one for the name of a command; with them, it would show
    // each with dots in the help. What is too many we say ourselves.
    static override readonly strict = argumentsOf(flags).length > 0
    static override readonly summary = definition.summary
    static override readonly description = definition.description
    static override readonly usage = `<%= command.id %> [FLAGS]${argumentsOf(flags)
      .map(([, flag]) => (flag.required === true ? ` ${String(flag.value)}` : ` [${String(flag.value)}]`))
      .join('')} [-- COMMAND]`
    static override readonly args = Object.fromEntries(
      argumentsOf(flags).map(([name, {value, description}]) => [
        String(value),
        // Optional to the parser, whose own errors would print the whole help; and never read from stdin.
        Args.string({name, description, ignoreStdin: true}),
      ]),
    )
    static override readonly examples = definition.examples.map(({command, description}) => ({
      command: `<%= config.bin %> ${command}`,
      description,
    }))
    static override readonly flags = Object.fromEntries(
      Object.entries(flags).flatMap(([name, flag]) =>
        flag.position === undefined ? [[name, oclifFlag(flag)]] : [],
      ),
    )
    static readonly tstrace = cardOf(tool)
    static get [toolMark](): ToolDefinition {
      return tool
    }

    async run(): Promise<void> {
      // What follows `--` is a command with flags of its own.
      const end = this.argv.indexOf('--')
      const rest = end === -1 ? undefined : this.argv.slice(end + 1)
      if (end !== -1) this.argv = this.argv.slice(0, end)
      if (rest?.length === 0) throw new UsageError('there is no command after --')
      if (!('limit' in flags)) refuseLimit(this.argv)
      const {flags: raw, argv} = await this.parse({
        flags: this.ctor.flags,
        args: this.ctor.args,
        strict: false,
      })
      // Answered whatever else is missing.
      const {columns} = raw as RawFlags
      if (typeof columns === 'string' && columns.toLowerCase() === 'help') {
        const {columnHelp} = await import('./help/columns.js')
        this.log(columnHelp(tool))
        return
      }
      const values = await parseValues(flags, {...raw, ...namedArguments(flags, argv.map(String))})
      forbidTogether(flags, values)
      const {run} = await import('./run.js')
      process.exitCode = await run({
        name: this.id ?? 'tool',
        version: this.config.version,
        tool,
        flags: values,
        command: rest as [string, ...string[]] | undefined,
      })
    }

    protected override catch(error: unknown): Promise<void> {
      report(error, this.id, this.ctor.flags)
      return Promise.resolve()
    }
  }
}

function cardOf(tool: ToolDefinition): ToolCard {
  const {group, overhead, sources, columns} = tool
  return {
    api: toolApi,
    group,
    overhead: overhead.cost,
    sources: sources.map(({name, description}) => [name, description] as const),
    columns: Object.entries(columns)
      .filter(([, column]) => column.internal !== true)
      .map(([name, {description}]) => [name, description] as const),
    completes: Object.fromEntries(
      Object.entries(allFlags(tool)).flatMap(([name, {completes, position, value}]) =>
        completes === undefined ? [] : [[position === undefined ? name : String(value), completes]],
      ),
    ),
  }
}

/**
 * Prints an error and sets the exit code. What oclif's parser found becomes a usage error of one or two lines.
 * @param flags those of the command, of which one may have been meant
 * @param hints for flags of other programs, by how they are typed
 */
export function report(
  error: unknown,
  command: string | undefined,
  flags: Readonly<Record<string, unknown>> = {},
  hints: Readonly<Record<string, string>> = {},
): void {
  const known = isParserError(error) ? parserError(error, command, Object.keys(flags), hints) : error
  const {text, exitCode} = describeError(known)
  process.stderr.write(text)
  process.exitCode = exitCode
}

/** @throws UsageError that says more than that there is no such flag, as every other tool has it */
function refuseLimit(argv: readonly string[]): void {
  if (argv.some((word) => word === '--limit' || word.startsWith('--limit='))) throw stacksAtOnce()
}

/** The arguments of a tool in their order. */
export function argumentsOf(flags: FlagTable): readonly (readonly [string, Flag])[] {
  return Object.entries(flags)
    .filter(([, {position}]) => position !== undefined)
    .toSorted(([, a], [, b]) => Number(a.position) - Number(b.position))
}

/** Gives arguments the names they have in the tool's table. @throws UsageError for too many or too few */
function namedArguments(flags: FlagTable, argv: readonly string[]): RawFlags {
  const named = argumentsOf(flags)
  const extra = argv[named.length]
  if (extra !== undefined) {
    throw new UsageError(`unexpected argument '${extra}'`, {hint: 'a command to trace comes after --'})
  }
  const missing = named.slice(argv.length).find(([, {required}]) => required === true)
  if (missing !== undefined) throw new UsageError(`${String(missing[1].value)} is missing`)
  return Object.fromEntries(argv.map((text, index) => [String(named[index]?.[0]), text]))
}

function onOneLine(message: string): string {
  const lines = message.split('\n').filter((line) => !line.startsWith('See more help'))
  return lines
    .map((line) => line.trim().replace(/\s{2,}/g, ': '))
    .join(' ')
    .trim()
}

/** What the parser said, with a hint at the flag that a wrong one was meant to be. */
function parserError(
  error: Error & {flags?: unknown},
  command: string | undefined,
  names: readonly string[],
  hints: Readonly<Record<string, string>>,
): UsageError {
  const wrong: unknown = Array.isArray(error.flags) ? error.flags[0] : undefined
  const typed = typeof wrong === 'string' ? wrong.replace(/=.*/s, '') : ''
  const foreign = foreignOption(typed, command, names)
  if (foreign !== undefined) return new UsageError(foreign.message, {hint: foreign.hint})
  const flags = names.map((name) => `--${name}`)
  const near = hints[typed] ?? (/^--\w/.test(typed) ? isIt(typed, flags) : undefined)
  return new UsageError(onOneLine(error.message), {hint: near ?? `see \`tstrace ${command ?? ''} -h\``})
}

function isParserError(error: unknown): error is Error {
  return error instanceof Error && 'oclif' in error
}

/** Values stay text here: our own parsing gives errors that name the flag and fit on a line. */
function oclifFlag(flag: Flag): Interfaces.FlagInput[string] {
  const common = {
    description: flag.description,
    helpGroup: flagGroups[flag.group],
    ...(flag.char === undefined ? {} : {char: flag.char as 'a'}),
    ...(flag.aliases === undefined ? {} : {aliases: [...flag.aliases]}),
  }
  if (flag.value === undefined) return Flags.boolean(common)
  const valued = {...common, helpValue: flag.value}
  return flag.multiple === true
    ? Flags.string({...valued, multiple: true, multipleNonGreedy: true})
    : Flags.string(valued)
}

/** @throws UsageError for two flags of which one excludes the other */
function forbidTogether(flags: FlagTable, values: Readonly<Record<string, unknown>>): void {
  const given = (name: string): boolean => values[name] !== undefined && values[name] !== false
  const typed = (name: string): string =>
    flags[name]?.char === undefined ? `--${name}` : `-${flags[name].char}`
  for (const [name, {excludes = []}] of Object.entries(flags)) {
    const other = given(name) ? excludes.find(given) : undefined
    if (other !== undefined)
      throw new UsageError(`${typed(name)} and ${typed(other)} cannot be given together`)
  }
}

async function parseValues(flags: FlagTable, raw: RawFlags): Promise<FlagValues<FlagTable> & EngineFlags> {
  const values: Record<string, unknown> = {}
  for (const [key, {value, parse, position}] of Object.entries(flags)) {
    const given = raw[key]
    const name = position === undefined ? key : String(value)
    if (value === undefined) values[key] = given === true
    else if (typeof given === 'string') values[key] = parse === undefined ? given : await parse(given, name)
    else if (Array.isArray(given)) {
      values[key] = await Promise.all(given.map((text) => Promise.resolve(parse?.(text, name) ?? text)))
    }
  }
  return values as FlagValues<FlagTable> & EngineFlags
}
