import type {Suggestion} from './complete/suggestion.js'
import {UsageError} from './errors.js'
import {isIt} from './near.js'
import {globToRegExp} from './program/glob.js'

/** Where a flag stands in the help: what it does to the run. */
export type FlagGroup = 'filter' | 'output' | 'engine'

/** The headings of the groups, in the order of help and pages. */
export const flagGroups: Readonly<Record<FlagGroup, string>> = {
  filter: 'Filters',
  output: 'Output',
  engine: 'Engine',
}

/** A flag of a tool as plain data, from which the parser, the help and the man page are made. */
export interface Flag<T = unknown> {
  readonly char?: string
  /** Other long names that mean the same, such as BCC's spelling; not shown. */
  readonly aliases?: readonly string[]
  readonly group: FlagGroup
  /** One line for `--help`, ending in a full stop. */
  readonly description: string
  /** More for the man page: what exactly matches, where it runs, how it differs from elsewhere. */
  readonly details?: string
  /** The name of the value, `PID`; a flag without one is a switch. */
  readonly value?: string
  readonly multiple?: boolean
  /** An argument without a name, and which one, counted from 0. */
  readonly position?: number
  readonly required?: boolean
  /** The long names of flags that cannot be given together with this one. */
  readonly excludes?: readonly string[]
  /** It says what is looked at, rather than to leave some of it out. */
  readonly selects?: true
  /** Where completion takes values from; `options` of `choice` are known by themselves. */
  readonly completes?: Suggestion
  /** The value meant by the text on the command line. @throws UsageError */
  readonly parse?: (text: string, name: string) => T | Promise<T>
  /** Never set: it carries the type of the parsed value. */
  readonly type?: T
}

export type FlagTable = Record<string, Flag>

/** The parsed values of a table of flags. */
export type FlagValues<F extends FlagTable> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never
}

type Common = Pick<Flag, 'char' | 'details' | 'aliases' | 'excludes' | 'completes' | 'selects'> & {
  group?: FlagGroup
}

/** A flag without a value. */
export function flag(description: string, options: Common = {}): Flag<boolean> {
  return {group: 'output', description, ...options}
}

/** A flag whose value is text. */
export function text(
  description: string,
  options: Common & {value: string; parse?: (text: string, name: string) => string},
): Flag<string | undefined> {
  return {group: 'filter', description, parse: nonEmpty, ...options}
}

/** A flag whose value is parsed by the tool. */
export function parsed<T>(
  description: string,
  options: Common & {value: string; parse: (text: string, name: string) => T | Promise<T>},
): Flag<T | undefined> {
  return {group: 'filter', description, ...options}
}

/** A flag that may be given several times, each value parsed by the tool. */
export function parsedList<T>(
  description: string,
  options: Common & {value: string; parse: (text: string, name: string) => T | Promise<T>},
): Flag<readonly T[] | undefined> {
  const {parse, ...rest} = options
  // Each occurrence is parsed alone; the parser of the command line collects them.
  return {group: 'filter', description, multiple: true, parse: parse as never, ...rest}
}

/** A flag whose value is a whole number within `min` and `max`, which may be negative. */
export function integer(
  description: string,
  options: Common & {value: string; min: number; max?: number; what: string},
): Flag<number | undefined> {
  const {min, max, what, ...rest} = options
  return {
    group: 'filter',
    description,
    parse: (value, name) => wholeNumber(value, name, {min, max, what}),
    ...rest,
  }
}

/** A flag whose value is whole numbers, separated by commas. */
export function integers(
  description: string,
  options: Common & {value: string; min: number; max?: number; what: string},
): Flag<readonly number[] | undefined> {
  const {min, max, what, ...rest} = options
  return {
    group: 'filter',
    description,
    parse: (value, name) => value.split(',').map((part) => wholeNumber(part, name, {min, max, what})),
    ...rest,
  }
}

/** A flag whose value is a time in seconds, more than none; fractions are welcome. */
export function seconds(description: string, options: Common & {value: string}): Flag<number | undefined> {
  return {group: 'engine', description, parse: secondsOf, ...options}
}

/** The seconds in the text of a flag or argument: more than none; fractions are welcome. @throws UsageError */
export function secondsOf(value: string, name: string): number {
  const number = Number(value)
  if (!/^\d*\.?\d+$/.test(value) || number <= 0) {
    throw new UsageError(`${spelled(name)}: '${value}' is not a time in seconds (more than 0)`)
  }
  return number
}

/** How often, in the text of a flag or argument. @throws UsageError */
export function countOf(value: string, name: string): number {
  return wholeNumber(value, name, {min: 0, what: 'a count'})
}

function wholeNumber(
  value: string,
  name: string,
  {min, max = Number.MAX_SAFE_INTEGER, what}: {min: number; max?: number | undefined; what: string},
): number {
  const number = Number(value)
  if (!/^-?\d+$/.test(value) || number < min || number > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
    throw new UsageError(`${spelled(name)}: '${value}' is not ${what} (a whole number ${range})`)
  }
  return number
}

/** Flags by their name, arguments, which come in capitals, as they stand in the usage. */
function spelled(name: string): string {
  return /^[A-Z]/.test(name) ? name : `--${name}`
}

/** A flag whose value is one of a few words. */
export function choice<const T extends string>(
  description: string,
  {options, ...rest}: Common & {value: string; options: readonly T[]},
): Flag<T | undefined> {
  return {
    group: 'output',
    description,
    parse: (value, name) => oneOf(options, value, name),
    completes: {from: options},
    ...rest,
  }
}

/**
 * A flag whose value is a list of words such as `a,b` out of a few; each time it is given it adds a list.
 *
 * @param options.others what else stands for one of them, such as its number
 */
export function choices<const T extends string>(
  description: string,
  {
    options,
    others,
    ...rest
  }: Common & {value: string; options: readonly T[]; others?: ReadonlyMap<string, NoInfer<T>>},
): Flag<readonly (readonly T[])[] | undefined> {
  return parsedList(description, {
    ...rest,
    completes: {from: options, commas: true},
    parse: (value, name) => value.split(',').map((word) => others?.get(word) ?? oneOf(options, word, name)),
  })
}

/** The one of a few words that a flag or argument names. @throws UsageError */
export function oneOf<T extends string>(options: readonly T[], value: string, name: string): T {
  const found = options.find((option) => option === value)
  if (found === undefined) {
    throw new UsageError(`${spelled(name)}: '${value}' is not one of ${options.join(', ')}`, {
      hint: isIt(value, options),
    })
  }
  return found
}

/** A flag whose value is a shell-like glob; see `globToRegExp`. */
export function glob(description: string, options: Common & {value: string}): Flag<RegExp | undefined> {
  return {
    group: 'filter',
    description,
    parse: (value, name) => {
      try {
        return globToRegExp(nonEmpty(value, name))
      } catch (cause) {
        if (cause instanceof UsageError) throw cause
        throw new UsageError(`--${name}: '${value}' is not a pattern: a range in [...] runs backwards`, {
          cause,
        })
      }
    },
    ...options,
  }
}

/** An argument that stands without a name, such as a pattern. */
export function argument<T>(
  description: string,
  options: Omit<Common, 'char' | 'aliases'> & {
    value: string
    position: number
    required?: boolean
    parse: (text: string, name: string) => T | Promise<T>
  },
): Flag<T | undefined> {
  return {group: 'filter', description, ...options}
}

/** A flag whose value is a regular expression of JavaScript, to be found anywhere in a text. */
export function regexp(description: string, options: Common & {value: string}): Flag<RegExp | undefined> {
  return {
    group: 'filter',
    description,
    parse: (value, name) => {
      try {
        return new RegExp(nonEmpty(value, name))
      } catch (cause) {
        if (cause instanceof UsageError) throw cause
        throw new UsageError(`--${name}: '${value}' is not a regular expression: ${reason(cause as Error)}`, {
          cause,
        })
      }
    },
    ...options,
  }
}

/** What is wrong with an expression; the error repeats the whole of it before that. */
function reason({message}: Error): string {
  return message.slice(message.lastIndexOf(': ') + 2).toLowerCase()
}

function nonEmpty(value: string, name: string): string {
  if (value === '') throw new UsageError(`--${name} needs a value that is not empty`)
  return value
}
