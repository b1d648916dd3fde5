import type {Backend, Job, Session} from './backend/backend.js'
import {askedEngine, backendOf, Candidates, enginesOf} from './backend/choose.js'
import {hiddenIds, withoutTypes} from './backend/hidden.js'
import {TracedCommand} from './command.js'
import type {Counting, Source, ToolDefinition} from './definition.js'
import {Ending} from './ending.js'
import type {Engine} from './engines.js'
import {BugError, exitCodes, MachineError, UsageError} from './errors.js'
import {RowDecoder} from './event/rows.js'
import {columnsWithout, jsonColumns, parseColumns, select, type Selection} from './event/select.js'
import type {FlagTable, FlagValues} from './flag.js'
import type {EngineFlags} from './flags.js'
import {generateProgram} from './generate.js'
import {choose, namedSource} from './kernel/choose.js'
import {rowContext} from './kernel/context.js'
import {Machine} from './kernel/machine.js'
import {native} from './kernel/native.js'
import {requirePrivileges} from './privileges.js'
import type {Format} from './render/formats.js'
import {Output} from './render/output.js'
import {rendererFor} from './render/renderers.js'
import {rowWriter} from './render/rowwriter.js'
import {Reporter} from './reporter.js'
import {stacksAtOnce} from './stacks.js'
import {Stream} from './stream.js'
import {Words} from './words.js'

/** So many attach points take some seconds to attach, one by one. */
const manySteps = 50

/** One run of a tool: what the command line asked for. */
export interface Request {
  readonly name: string
  /** The version of tstrace. */
  readonly version: string
  readonly tool: ToolDefinition
  readonly flags: FlagValues<FlagTable> & EngineFlags
  /** The command to trace, after `--`. */
  readonly command?: readonly [string, ...string[]] | undefined
}

/**
 * A whole run, from flags to exit code. What goes wrong is thrown as a `TstraceError`; the normal endings
 * (Ctrl-C, a duration, a limit, a closed pipe, the end of the command) return.
 */
export async function run(request: Request): Promise<number> {
  const {name, tool, flags} = request
  const words = new Words(flags)

  if (flags['follow'] === true && request.command === undefined && flags['pid'] === undefined)
    throw new UsageError('--follow: there is nobody to follow', {hint: 'add -p PID, or -- COMMAND'})

  // 2 select: flags -> columns to send and to show, filters
  const format = flags.format ?? (flags.json ? 'json' : flags.csv ? 'csv' : (tool.format?.(flags) ?? 'table'))
  if (format === 'folded' && tool.format === undefined) {
    throw new UsageError(`--format folded: ${name} counts no stacks`)
  }
  const usual = tool.show(flags, format)
  const available = columnsWithout(tool.columns, tool.without?.(flags) ?? [])
  const shown =
    flags.columns === undefined
      ? format === 'json'
        ? jsonColumns(available, usual)
        : usual
      : parseColumns(available, flags.columns)
  const keep = tool.keep?.(flags)
  const selection = select(tool.columns, shown, keep?.reads)

  // 3 probe, 4 choose: this machine -> what the flags name on it, what runs the program, and what feeds it
  const machine = new Machine()
  const resolved = await tool.resolve?.(flags, machine)
  const counting = tool.counting?.(flags, resolved)
  if (counting?.layout === 'blocks') checkBlocks(format, flags, counting)
  const sources = withNeeds(tool, flags, resolved, selection)
  const {engines, source, canRun} = flags.program
    ? {engines: undefined, ...(await sourceToPrint(request, sources, machine, words))}
    : {...(await chooseHere(request, sources, machine, words)), canRun: true}

  // 5 generate: source + flags + columns -> program text
  const program = generateProgram(tool, source, {
    flags,
    selection,
    resolved,
    includeSelf: flags['include-self'],
    tracesCommand: request.command !== undefined,
    ...(canRun
      ? {
          exists: (probe: string) => isThere(probe, machine),
          hasField: (tracepoint: string, field: string) => machine.tracepointField(tracepoint, field),
          pidNamespace: await machine.pidNamespace(),
        }
      : {}),
  })
  if (engines === undefined) {
    process.stdout.write(program)
    return 0
  }

  words.detail(`program:\n${program.trimEnd()}`)
  for (const note of counting?.notes ?? []) words.warn(note)
  const {points, kprobes, uprobes} = counting?.attaching ?? {points: 0, kprobes: 0, uprobes: 0}

  // 6 attach: program text -> session, of the first backend that takes it
  const ending = new Ending()
  ending.onSignals(() => process.exit(exitCodes.failed))
  const command = request.command && new TracedCommand(request.command)
  const {backend, session} = await startHere(
    engines,
    {
      program,
      parameters: [process.pid, command?.pid ?? 0],
      row: rowShape(tool, selection.sent),
      bufferPages: flags['buffer-pages'],
      wakesAtOnce: flags.latency,
      maps: counting?.maps ?? [],
      mapKeys: counting?.mapKeys,
      textRoom: counting?.textRoom,
      probes: points + kprobes + uprobes,
      mayMiss: counting?.attaching?.mayMiss,
    },
    words,
    command,
  )
  words.detail(`engine: ${backend.name} ${backend.version}, on kernel ${machine.kernel}`)
  if (!machine.initialPidNamespace && !(await backend.seesPidNamespace()))
    words.warn(hiddenIds(backend.name === 'bpftrace' ? `bpftrace ${backend.version}` : withoutTypes))
  const steps = points + (backend.attachesUprobesAtOnce ? 0 : uprobes)
  if (steps >= manySteps) words.warn(slowness(steps))

  // 7 stream, 8 render
  const calls = await native()
  const context = rowContext(calls)
  const output = new Output()
  const renderer = rendererFor(format, shown, tool.columns, counting?.layout)
  const {cells} = renderer
  const common = {
    renderer,
    limit: flags.limit,
    words,
    start: () => ({
      tool: name,
      version: request.version,
      kernel: machine.kernel,
      engine: `${backend.name} ${backend.version}`,
      refused: engines.refused.map(({engine, error}) => ({engine, reason: error.message})),
      source: source.name,
      time: context.wallTime(context.now()),
    }),
    onBegin: () => {
      words.detail('attached')
      context.begin()
      if (flags.duration !== undefined) ending.after(flags.duration)
      if (counting?.every !== undefined) {
        const {seconds, times = Infinity} = counting.every
        let left = times
        // Reports are counted, not the time: one that a standstill ate is made later.
        ending.every(seconds, flags.duration ?? Infinity, () => {
          if (--left > 0) session.snapshot()
          else ending.request('duration')
        })
      }
      command?.release()
      void command?.ended.then(() => ending.request('command exited'))
    },
    onLimit: () => ending.request('limit'),
  }
  const stream =
    counting === undefined
      ? new Stream({
          ...common,
          decoder: new RowDecoder(tool.columns, selection, context),
          keep,
          ...(cells && {writer: (fields) => rowWriter(cells, selection, tool.columns, fields, context)}),
        })
      : new Reporter({
          ...common,
          collector: await counting.collect(context),
          banner: format === 'table' ? counting.banner : undefined,
          clock: context,
          snapshot: () => session.snapshot(),
        })

  // 9 end: the first reason wins
  ending.onRequest((reason) => {
    stream.endsAt = Number(context.now())
    if (reason === 'pipe closed') void session.kill()
    else session.stop()
  })
  output.onClosed(() => ending.request('pipe closed'), calls.hungUp)

  let lost = 0
  try {
    for await (const batch of session.messages) {
      for (const message of batch) stream.take(message)
      await output.write(stream.takeText())
    }
    ending.request('program ended')
  } finally {
    ending.request('error')
    await session.kill()
    ending.cleanUp()
    const summary = stream.finish(ending.reason ?? 'error', session.deliversAll)
    await output.write(stream.takeText())
    command?.detach()
    if (command?.running === true) words.warn(`the traced command still runs (process ${command.pid})`)
    lost = summary.lost + (summary.missed ?? 0)
    await output.finish()
  }
  return flags.strict && lost > 0 ? exitCodes.failed : 0
}

/** @throws UsageError for what says nothing of blocks of lines, or of a single report */
function checkBlocks(format: Format, {columns, limit}: Request['flags'], {every}: Counting): void {
  if (columns !== undefined && (format === 'table' || format === 'folded'))
    throw new UsageError('--columns: stacks for people are no rows with columns to choose from', {
      hint: '--json and --csv have fields to choose; -U, -K and --modules choose what a stack shows',
    })
  if (limit !== undefined && every === undefined) throw stacksAtOnce()
}

/** The engines and the source this machine allows. @throws MachineError that says what is missing */
async function chooseHere(
  {name, version, tool, flags}: Request,
  sources: readonly Source[],
  machine: Machine,
  words: Words,
): Promise<{engines: Candidates; source: Source}> {
  requirePrivileges(machine)
  if (machine.tracefs === undefined) {
    throw new MachineError("the kernel's tracing file system is not mounted", {
      hint: 'type this as root: mount -t tracefs nodev /sys/kernel/tracing',
    })
  }
  const engines = new Candidates(enginesFor(tool, flags), (engine) => backendOf(engine, machine, version))
  await engines.best()
  const {source, verdicts} = await choose(name, sources, machine, flags.source)
  for (const verdict of verdicts) {
    const missing = verdict.missing.join('; ')
    words.detail(missing === '' ? `source: ${verdict.source}` : `not source ${verdict.source}: ${missing}`)
  }
  for (const filter of tool.filters) {
    const warning = filter.warn?.(flags, machine)
    if (warning !== undefined) words.warn(warning)
  }
  return {engines, source}
}

/** The engines that may run what the flags ask for, in the order in which they are tried. @throws UsageError for none */
function enginesFor(tool: ToolDefinition, flags: Request['flags']): readonly Engine[] {
  const engines = enginesOf(askedEngine(flags.engine))
  const flag = tool.filters.map((filter) => filter.pinnedMapFor?.(flags)).find((name) => name !== undefined)
  if (flag === undefined) return engines
  if (engines.includes('embedded')) return ['embedded']
  throw new UsageError(`${flag}: bpftrace cannot look into pinned maps`, {hint: 'add --engine embedded'})
}

/** Starts the program with the first engine that takes it, and says why not those before. A command waits in vain if none does. */
async function startHere(
  engines: Candidates,
  job: Job,
  words: Words,
  command: TracedCommand | undefined,
): Promise<{backend: Backend; session: Session}> {
  try {
    return await engines.start(job)
  } catch (error) {
    command?.detach()
    throw error
  } finally {
    for (const {engine, error} of engines.refused) words.detail(`not engine ${engine}: ${error.message}`)
  }
}

/** For `--program`: what would be chosen here, or else the best source, whose program is for another machine. */
async function sourceToPrint(
  {name, flags}: Request,
  sources: readonly [Source, ...Source[]],
  machine: Machine,
  words: Words,
): Promise<{source: Source; canRun: boolean}> {
  const asked = flags.source === undefined ? sources : ([namedSource(name, sources, flags.source)] as const)
  if (!machine.tracefsReadable) return {source: asked[0], canRun: false}
  try {
    return {source: (await choose(name, asked, machine)).source, canRun: true}
  } catch (error) {
    if (!(error instanceof MachineError)) throw error
    words.warn(`this program cannot run here: ${error.message}`)
    for (const line of error.context) words.warn(line)
    return {source: asked[0], canRun: false}
  }
}

/** The sources that suit, with all they need for these flags and columns. */
function withNeeds(
  tool: ToolDefinition,
  flags: Request['flags'],
  resolved: unknown,
  {sent}: Selection,
): readonly [Source, ...Source[]] {
  const sends = (column: string): boolean => sent.includes(column)
  const complete = (source: Source): Source => ({
    ...source,
    needs: [...source.needs, ...(source.alsoNeeds?.({flags, sends, resolved}) ?? [])],
  })
  const [best, ...others] = tool.sources.filter(({suits}) => suits?.({flags, resolved}) ?? true)
  if (best === undefined) throw new BugError('no source suits these flags')
  return [complete(best), ...others.map(complete)]
}

function isThere(probe: string, machine: Machine): boolean {
  const at = probe.indexOf(':')
  const [kind, name] = [probe.slice(0, at), probe.slice(at + 1)]
  if (kind === 'tracepoint') return machine.tracepoint(name)
  return !/^(k(ret)?probe|fentry|fexit)$/.test(kind) || machine.function(name)
}

/** Measured: up to 0.1 seconds for each attach point, and again to detach it. */
function slowness(steps: number): string {
  return `attaching in ${steps} steps: this may take ${Math.ceil(steps / 10)} seconds, and as long again at the end`
}

/**
 * How many numbers and texts the largest message with a text of any length holds, those of the engine (kind, time,
 * thread) included: a row, or a piece where the texts of the rows are names only.
 */
function rowShape(tool: ToolDefinition, sent: readonly string[]): {numbers: number; texts: number} {
  const texts = sent.filter((name) => tool.columns[name]?.type === 'text')
  if (texts.every((name) => tool.columns[name]?.bytes !== undefined)) return {numbers: 3, texts: 1}
  return {numbers: 3 + sent.length - texts.length, texts: texts.length}
}
