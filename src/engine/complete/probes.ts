import {readdirSync, statSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {readElf} from '../kernel/elf.js'
import {Machine} from '../kernel/machine.js'
import {librariesOf} from '../kernel/probes/libraries.js'
import {findTarget, type Target} from '../kernel/probes/targets.js'
import type {Candidate} from './answer.js'
import {kernelFunctionNames} from './kernelnames.js'

/** More names than that are shown by how they begin. */
const many = 200

interface Context {
  /** The process whose libraries are meant. */
  readonly pid: number | undefined
  /** Whether it is the beginning of a specifier of argdist: `p::name(`. */
  readonly isSpecifier: boolean
  readonly isRegexp: boolean
}

/**
 * The patterns that begin with what was typed: functions of the kernel, `t:category:event`, `library:function`,
 * `u:library:probe`. One that stands alone and is not whole yet is followed up.
 */
export function probeNames(typed: string, context: Context): Candidate[] {
  // It stands for several as it is.
  if (/[*?[\]()]/.test(typed) || context.isRegexp) return []
  const candidates = namesAfter(typed, context)
  const [only] = candidates
  if (candidates.length !== 1 || only?.open !== true || only.word === typed) return candidates
  const further = probeNames(only.word, context)
  return further.length > 0 ? further : candidates
}

function namesAfter(typed: string, {pid, isSpecifier}: Context): Candidate[] {
  const {kind, rest} = kindOf(typed, isSpecifier)
  const before = typed.slice(0, typed.length - rest.length)
  const colon = rest.indexOf(':')
  const [place, name] = colon < 0 ? [rest, undefined] : [rest.slice(0, colon), rest.slice(colon + 1)]
  const isOpen = isSpecifier
  const under = (prefix: string, names: Iterable<string>): Candidate[] =>
    grouped(names, name ?? rest).map(({word, open}) => ({word: prefix + word, open: open || isOpen}))
  const places = (words: readonly Candidate[]): Candidate[] =>
    words
      .filter(({word}) => word.startsWith(rest))
      .map(({word, text}) => ({word: before + word, text, open: true}))

  switch (kind) {
    case 'tracepoint':
      return name === undefined
        ? places(tracepointFolders('').map((category) => ({word: `${category}:`})))
        : under(`${before}${place}:`, tracepointFolders(place))
    case 'usdt':
      return name === undefined
        ? places(targets(rest))
        : under(
            `${before}${place}:`,
            inTarget(place, pid, (elf) => elf.probes.map((probe) => probe.name)),
          )
    case 'any':
      if (name === undefined) {
        // So many functions and libraries: a letter must be typed.
        if (isSpecifier) return places([ofKernel, ...targets(rest)])
        return rest === ''
          ? places(kinds)
          : [...under(before, kernelFunctionNames(rest)), ...places(targets(rest))]
      }
      return place === ''
        ? under(`${before}:`, kernelFunctionNames(name))
        : under(
            `${before}${place}:`,
            inTarget(place, pid, (elf) => elf.functions.map((each) => each.name)),
          )
    case 'none':
      return specifierKinds.filter(({word}) => word.startsWith(typed))
  }
}

const kinds: readonly Candidate[] = [
  {word: 't:', text: 'tracepoints of the kernel'},
  {word: 'c:', text: 'functions of the C library'},
  {word: 'u:', text: 'USDT probes of libraries and programs'},
  {word: 'p::', text: 'functions of the kernel'},
]
const ofKernel: Candidate = {word: ':', text: 'functions of the kernel'}

const specifierKinds: readonly Candidate[] = [
  {word: 'p:', text: 'functions, when they are called', open: true},
  {word: 'r:', text: 'functions, when they return', open: true},
  {word: 't:', text: 'tracepoints of the kernel', open: true},
  {word: 'u:', text: 'USDT probes of libraries and programs', open: true},
]

type ProbeKind = 'tracepoint' | 'usdt' | 'any' | 'none'

/** What a pattern names, by its first word, and what of it comes after that. */
function kindOf(typed: string, isSpecifier: boolean): {kind: ProbeKind; rest: string} {
  const [, letter = '', rest = typed] = /^([ptur]):(.*)$/s.exec(typed) ?? []
  if (letter === 't') return {kind: 'tracepoint', rest}
  if (letter === 'u') return {kind: 'usdt', rest}
  if (letter === 'p' || (letter === 'r' && isSpecifier)) return {kind: 'any', rest}
  return isSpecifier ? {kind: 'none', rest: typed} : {kind: 'any', rest: typed}
}

/** The categories of tracepoints, or the tracepoints of one; none for whom may not read them. */
function tracepointFolders(category: string): string[] {
  const {tracefs} = new Machine()
  if (tracefs === undefined || category.includes('/') || category === '..') return []
  return entries(join(tracefs, 'events', category)).flatMap(({name, isFolder}) => (isFolder ? [name] : []))
}

/** Libraries by their short names, or the files of the folder that was typed; a colon follows them. */
function targets(typed: string): Candidate[] {
  if (typed.includes('/')) {
    const folder = typed.endsWith('/') ? typed : dirname(typed)
    return entries(folder).map(({name, isFolder}) => ({word: join(folder, name) + (isFolder ? '/' : ':')}))
  }
  const names = librariesOf().map(({name}) => name.replace(/^lib|\.so.*$/g, ''))
  return [...new Set(names)].sort().map((name) => ({word: `${name}:`, text: 'library'}))
}

/** The names in a program or library; none if there is no such file, or it cannot be read. */
function inTarget(
  word: string,
  pid: number | undefined,
  namesOf: (elf: ReturnType<typeof readElf>) => readonly string[],
): string[] {
  try {
    const {path, root}: Target = findTarget(word, pid)
    const elf = readElf(path, root)
    try {
      return [...namesOf(elf)]
    } finally {
      elf.close()
    }
  } catch {
    return []
  }
}

/** The names that begin so; if they are many, up to the next underscore. */
function grouped(names: Iterable<string>, typed: string): {word: string; open: boolean}[] {
  const found = [...new Set(names)].filter((name) => name.startsWith(typed) && isPlain(name))
  if (found.length <= many) return found.sort().map((word) => ({word, open: false}))
  const begins = new Map<string, string[]>()
  for (const name of found) {
    const next = name.indexOf('_', typed.length + 1)
    const begin = next < 0 ? name : name.slice(0, next + 1)
    begins.set(begin, [...(begins.get(begin) ?? []), name])
  }
  return [...begins]
    .map(([begin, own]) => (own.length === 1 && own[0] !== undefined ? own[0] : begin))
    .sort()
    .map((word) => ({word, open: word.endsWith('_') && !found.includes(word)}))
}

/** What a pattern would take for itself: no character of globs, and nothing that separates its parts. */
function isPlain(name: string): boolean {
  return /^[\w.$@+-]+$/.test(name)
}

function entries(folder: string): {name: string; isFolder: boolean}[] {
  try {
    return readdirSync(folder, {withFileTypes: true}).map((entry) => ({
      name: entry.name,
      isFolder: entry.isSymbolicLink()
        ? statSync(join(folder, basename(entry.name)), {throwIfNoEntry: false})?.isDirectory() === true
        : entry.isDirectory(),
    }))
  } catch {
    return []
  }
}
