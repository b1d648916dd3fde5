import {MachineError, UsageError} from '../../../errors.js'
import {type CType, typeName} from '../../../program/ctype.js'
import {globToRegExp} from '../../../program/glob.js'
import {didYouMean} from '../../../program/slip.js'
import type {CompileContext, FunctionType} from '../context.js'
import {hardwareEvents, softwareEvents} from './events.js'
import {aliases} from './resolve.js'

/** A probe that there is: its name, and the arguments that a program can ask for, as C has them. */
export interface ListedProbe {
  readonly name: string
  readonly arguments: () => readonly string[]
}

/** Names of one kind behind its word, and what their arguments are. */
interface Kind {
  /** @param pattern what stands behind the word of the kind; the names need not match it */
  readonly names: (pattern: string, context: CompileContext) => Iterable<string>
  readonly arguments?: (name: string, context: CompileContext) => readonly string[]
  /** Whether a pattern without a kind looks here, too. */
  readonly isUsual?: true
  /** Whether the names are those of a file, which the pattern must have: they do match. */
  readonly ofFile?: true
}

const written = (name: string, type: CType): string => `${typeName(type)} ${name}`
const parameters = (of: FunctionType | undefined): readonly FunctionType['parameters'][number][] =>
  of?.parameters ?? []

const typed = (context: CompileContext): string[] => {
  const known = context.functionNames()
  return context.functions('*').filter((name) => known.has(name))
}
const functionArguments = (name: string, context: CompileContext): string[] =>
  parameters(context.functionType(name)).map((each) => written(each.name, each.type))

const kinds: Readonly<Record<string, Kind>> = {
  tracepoint: {
    isUsual: true,
    names: (_, {tracepoints}) => tracepoints(),
    arguments: (name, {tracepoint}) => {
      const [category = '', event = ''] = name.split(':')
      return (tracepoint(category, event) ?? []).map(
        (field) =>
          `${field.type} ${field.name}${field.length === undefined ? '' : `[${field.length || ''}]`}`,
      )
    },
  },
  rawtracepoint: {
    isUsual: true,
    names: (_, {tracepoints}) =>
      new Set(
        tracepoints().flatMap((label) =>
          label.startsWith('syscalls:') ? [] : label.slice(label.indexOf(':') + 1),
        ),
      ),
  },
  kprobe: {isUsual: true, names: (_, {functions}) => functions('*')},
  kretprobe: {names: (_, {functions}) => functions('*')},
  fentry: {isUsual: true, names: (_, context) => typed(context), arguments: functionArguments},
  fexit: {
    names: (_, context) => typed(context),
    arguments: (name, context) => {
      const returned = context.functionType(name)?.returned
      return [...functionArguments(name, context), ...(returned ? [written('retval', returned)] : [])]
    },
  },
  iter: {
    isUsual: true,
    names: (_, context) =>
      [...context.functionNames()].flatMap((name) => {
        const type = name.startsWith('bpf_iter_') ? context.functionType(name) : undefined
        // Others that are called so have other parameters, or give an address.
        const isTarget = type?.parameters[0]?.name === 'meta' && type.returned.kind === 'int'
        return isTarget ? [name.slice('bpf_iter_'.length)] : []
      }),
    arguments: (name, context) => functionArguments(`bpf_iter_${name}`, context),
  },
  software: {isUsual: true, names: () => Object.keys(softwareEvents)},
  hardware: {isUsual: true, names: () => Object.keys(hardwareEvents)},
  uprobe: {ofFile: true, names: functionsOfFile},
  uretprobe: {ofFile: true, names: functionsOfFile},
  usdt: {
    ofFile: true,
    names: (pattern, context) => {
      const [target, name] = halves(pattern)
      const matches = matcher(name)
      return filesOf(target, context).flatMap((path) =>
        context
          .usdt(path)
          .map((each) => `${each.provider}:${each.name}`)
          .filter(matches)
          .map((each) => `${path}:${each}`),
      )
    },
  },
}

/** Which kinds of probes a pattern asks for, and whether it does by their names. */
export function kindsOf(pattern: string): {readonly kinds: readonly string[]; readonly named: boolean} {
  const [word, rest] = halves(pattern)
  const usual = Object.keys(kinds).filter((kind) => kinds[kind]?.isUsual === true)
  const name = aliases[word] ?? word
  if (kinds[name] !== undefined) return {kinds: [name], named: true}
  if (rest === '*' && !pattern.includes(':')) return {kinds: usual, named: false}
  const matches = globToRegExp(word)
  const found = usual.filter((kind) => matches.test(kind))
  if (found.length === 0)
    throw new UsageError(`there is no list of probes of kind ${word}`, {
      hint: didYouMean(word, Object.keys(kinds)),
    })
  return {kinds: found, named: false}
}

/**
 * The probes of one kind that a pattern matches, sorted: `kprobe:vfs_*`, `uprobe:libc:mal*`, `tracepoint:*open*`,
 * `*open*` for names of all kinds; the events of all categories where it has none.
 * @throws MachineError for a file that is not there
 */
export function probesOfKind(kind: string, pattern: string, context: CompileContext): ListedProbe[] {
  const [word, behind] = halves(pattern)
  const isKind = pattern.includes(':') || (aliases[word] ?? word) === kind
  const rest = isKind ? behind : pattern
  const {names, ofFile, arguments: argumentsOf} = kinds[kind] ?? {names: () => []}
  if (ofFile === true && !pattern.includes(':'))
    throw new UsageError(`probes of kind ${kind} are those of a file`, {
      hint: `name it, as in ${kind}:libc:mal*`,
    })
  const matches = matcher(rest)
  return [...new Set(names(rest, context))]
    .filter((name) => ofFile === true || matches(name))
    .sort()
    .map((name) => ({name: `${kind}:${name}`, arguments: () => argumentsOf?.(name, context) ?? []}))
}

/** Whether a glob matches a name, or the last part of one that has several. */
function matcher(glob: string): (name: string) => boolean {
  const pattern = globToRegExp(glob)
  return (name) => pattern.test(name) || pattern.test(name.slice(name.lastIndexOf(':') + 1))
}

/** What stands before the first colon and behind it; all is meant where nothing does. */
function halves(text: string): [string, string] {
  const at = text.indexOf(':')
  return at < 0 ? [text, '*'] : [text.slice(0, at), text.slice(at + 1) || '*']
}

function functionsOfFile(pattern: string, context: CompileContext): string[] {
  const [target, glob] = halves(pattern)
  return filesOf(target, context).flatMap((path) => {
    const names = context.userFunctions(path, glob).map(({name}) => `${path}:${name}`)
    return [...new Set(names)]
  })
}

function filesOf(target: string, context: CompileContext): readonly string[] {
  const files = context.files(target)
  if (files.length === 0) throw new MachineError(`there is no library or program ${target}`)
  return files
}
