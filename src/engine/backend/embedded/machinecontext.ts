import {readFileSync, statSync} from 'node:fs'
import {release} from 'node:os'
import {MachineError} from '../../errors.js'
import {type Elf, readElf} from '../../kernel/elf.js'
import {possibleCpus} from '../../kernel/cpus.js'
import {Machine} from '../../kernel/machine.js'
import {standingOf} from '../../kernel/probes/boundaries.js'
import {isMisexecuted} from '../../kernel/probes/evex.js'
import {findFunctions, type KernelLists, readKernelLists} from '../../kernel/probes/functions.js'
import {findTarget} from '../../kernel/probes/targets.js'
import {readTracepoints} from '../../kernel/probes/tracepoints.js'
import {tracepointFields} from '../../kernel/tracepointformat.js'
import {type KernelDescription, kernelDescription} from '../../kernel/types.js'
import type {Field, KernelTypes} from '../../program/ctype.js'
import {globToRegExp, isGlob} from '../../program/glob.js'
import type {CompileContext} from './context.js'

/** What a run decides, and the machine cannot know. */
export type RunFacts = Pick<CompileContext, 'parameters' | 'now'> &
  Partial<
    Pick<
      CompileContext,
      | 'options'
      | 'textRoom'
      | 'overrides'
      | 'pageSize'
      | 'mapKeys'
      | 'stackDepth'
      | 'ringBytes'
      | 'readMaps'
      | 'wakesAtOnce'
      | 'pidNamespace'
      | 'tracer'
      | 'child'
      | 'process'
      | 'unsafe'
    >
  >

const usual = {
  options: new Map<string, string>(),
  textRoom: 64,
  overrides: [],
  pageSize: 4096,
  mapKeys: 4096,
  stackDepth: 127,
  ringBytes: 8 << 20,
  readMaps: undefined,
  wakesAtOnce: false,
  pidNamespace: undefined,
  child: 0,
  process: 0,
  unsafe: false,
}

/** A context that asks this machine, each thing when it is first needed. */
export function machineContext(run: RunFacts, machine = new Machine()): CompileContext {
  const once = <T>(ask: () => T): (() => T) => {
    let known: {value: T} | undefined
    return () => (known ??= {value: ask()}).value
  }
  const kernel = once((): KernelDescription | undefined => kernelDescription())
  const symbols = once(() => readText('/proc/kallsyms'))
  const lists = once((): KernelLists => readKernelLists(machine))
  const files = new Map<string, Elf | undefined>()
  const elf = (path: string): Elf | undefined => {
    if (!files.has(path)) files.set(path, readable(path))
    return files.get(path)
  }
  const formats = new Map<string, ReturnType<CompileContext['tracepoint']>>()
  const [major = 0, minor = 0] = release().split(/[.-]/).map(Number)
  return {
    ...usual,
    tracer: process.pid,
    ...run,
    arch: process.arch,
    release: [major, minor],
    cpus: possibleCpus(),
    types: machine.btf ? lazyTypes(() => kernel()?.types) : undefined,
    constant: (name) => kernel()?.constant(name),
    tracepoints: once(() => readTracepoints(machine)),
    tracepoint: (category, name) => {
      const label = `${category}:${name}`
      if (!formats.has(label)) formats.set(label, tracepointFields(machine.tracefs ?? '', category, name))
      return formats.get(label)
    },
    functions: (glob) => {
      if (!isGlob(glob)) return symbolLine(symbols(), glob, 'tTwW') === undefined ? [] : [glob]
      const pattern = globToRegExp(glob)
      const found = findFunctions({text: glob, matches: (name) => pattern.test(name)}, lists())
      return found.probes.map(({label}) => label)
    },
    functionType: (name) => kernel()?.prototype(name),
    functionNames: once(() => new Set(kernel()?.functions())),
    kernelAddress: (symbol) => {
      const line = symbolLine(symbols(), symbol, 'tTwWdDbBrRvVaA')
      return line === undefined ? undefined : BigInt(`0x${line.slice(0, 16)}`)
    },
    files: (target) => {
      try {
        return [findTarget(target).path]
      } catch (error) {
        if (error instanceof MachineError) return []
        throw error
      }
    },
    userFunctions: (path, glob) => {
      const functions = elf(path)?.functions ?? []
      const pattern = isGlob(glob) ? globToRegExp(glob) : undefined
      return functions
        .filter(({name}) => (pattern === undefined ? name === glob : pattern.test(name)))
        .map(({name, offset}) => ({name, offset}))
    },
    isMisexecuted: (path, offset) => {
      const file = elf(path)
      return file !== undefined && isMisexecuted(file, offset)
    },
    standing: (path, offset) => {
      const file = elf(path)
      return file === undefined ? {kind: 'unknown'} : standingOf(file, offset, process.arch)
    },
    userOffset: (path, address) => elf(path)?.offsetOf(address),
    userAddress: (path, offset) => elf(path)?.addressOf(offset),
    userSymbol: (path, symbol) => elf(path)?.symbol(symbol),
    usdt: (path) =>
      (elf(path)?.probes ?? []).flatMap(({provider, name, offset, semaphoreOffset, arguments: operands}) =>
        offset === undefined
          ? []
          : [{provider, name, offset, semaphore: semaphoreOffset ?? 0, arguments: operands}],
      ),
    cgroupId: (path) => statSync(path, {bigint: true, throwIfNoEntry: false})?.ino,
  }
}

/** Types that are read with the first question: most programs ask none. */
function lazyTypes(types: () => KernelTypes | undefined): KernelTypes {
  return {
    named: (name) => types()?.named(name),
    fields: (type) => types()?.fields(type) ?? new Map<string, Field>(),
    size: (type) => types()?.size(type) ?? 0,
    returned: (name) => types()?.returned(name),
    names: () => types()?.names() ?? [],
  }
}

/** The line of /proc/kallsyms for a symbol, if it is of one of these types. */
function symbolLine(text: string, name: string, types: string): string | undefined {
  for (let at = 0; ;) {
    const found = text.indexOf(` ${name}`, at)
    if (found < 0) return undefined
    at = found + 1
    const after = text[found + 1 + name.length]
    const type = text[found - 1] ?? ''
    if ((after === '\n' || after === '\t') && types.includes(type)) return text.slice(found - 18, found)
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function readable(path: string): Elf | undefined {
  try {
    return readElf(path)
  } catch (error) {
    if (error instanceof MachineError) return undefined
    throw error
  }
}
