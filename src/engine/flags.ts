import {choice, flag, type FlagValues, integer, oneOf, seconds, text} from './flag.js'
import {engineChoices} from './engines.js'
import {formats} from './render/formats.js'

const format = choice('Format of the output.', {
  value: 'FORMAT',
  options: formats,
  details: '`table` for people, `json` for programs (one object a line, see JSON), `csv` for spreadsheets.',
})

const rowFormats = formats.filter((each) => each !== 'folded')

/** The same for tools that count no stacks: `folded` is neither offered nor listed, but what it asks for is understood. */
export const rowFormat: typeof format = {
  ...format,
  completes: {from: rowFormats},
  parse: (value, name) => (value === 'folded' ? value : oneOf(rowFormats, value, name)),
}

/** The columns of tools that count stacks, which are rows in some formats only. */
export const stackColumnsFlag = text('Have these fields in JSON or CSV, in this order; "help" lists them.', {
  value: 'A,B,C',
  completes: {from: 'column', commas: true},
  group: 'output',
  details: 'For people, stacks are no rows, with columns to choose from.',
})

/**
 * The flags every tool has. They have no letters, because letters keep the meaning BCC gave them in each
 * tool; a tool that declares a flag of the same name gives it its letter.
 */
export const engineFlags = {
  format,
  json: flag('Short for --format json.'),
  csv: flag('Short for --format csv.'),
  columns: text('Show these columns, in this order; "help" lists them.', {
    value: 'A,B,C',
    completes: {from: 'column', commas: true},
    group: 'output',
    details:
      'Names as in FIELDS, in any case. Columns that are not shown are not sent by the kernel side either.',
  }),
  limit: integer('End after N events.', {value: 'N', min: 1, what: 'a number of events', group: 'output'}),
  quiet: flag('Say nothing on stderr but errors and lost events.'),
  verbose: flag('Say what is used and why, and how the run went.', {aliases: ['debug']}),
  duration: seconds('End after so many seconds.', {
    value: 'SECONDS',
    details: 'Counted from the moment tracing begins. Fractions are welcome.',
  }),
  source: text('Use this event source instead of the best one.', {
    value: 'NAME',
    completes: {from: 'source'},
    group: 'engine',
    details: 'The sources stand in REQUIREMENTS; `tstrace doctor` says which this machine can use.',
  }),
  engine: choice('What runs the program: tstrace itself (embedded), or bpftrace.', {
    value: 'ENGINE',
    options: engineChoices,
    group: 'engine',
    details:
      '`auto`, which is also what stands for no choice, takes the best one that this machine and the program allow; `--verbose` says which and why. The variable TSTRACE_ENGINE chooses likewise.',
  }),
  'buffer-pages': integer('Size of the buffer between kernel and tstrace, in pages.', {
    value: 'N',
    min: 1,
    max: 2 ** 20,
    what: 'a number of pages',
    group: 'engine',
    details: 'A power of two; others are rounded up. Raise it when events are lost.',
  }),
  latency: flag('Show each event at once, at a higher cost.', {
    group: 'engine',
    details:
      'Otherwise the embedded engine takes the events of up to 20 milliseconds together, since to be woken for each costs more than the event. bpftrace wakes as its version does, with this flag or without.',
  }),
  program: flag('Print the bpftrace program and end; needs no root.', {group: 'engine', aliases: ['ebpf']}),
  'include-self': flag('Show the events of tstrace itself, too.', {group: 'engine'}),
  strict: flag('Exit with code 1 if events were lost.', {group: 'engine'}),
}

export type EngineFlags = FlagValues<typeof engineFlags>
