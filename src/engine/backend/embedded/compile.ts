import {UsageError} from '../../errors.js'
import {generate} from './codegen/generate.js'
import type {CompileContext} from './context.js'
import {described, Mistake, positionOf} from './mistake.js'
import type {ObjectFile} from './object.js'
import {resolveProbe} from './probes/resolve.js'
import type {Clause, Program} from './syntax/ast.js'
import {parse} from './syntax/parser.js'
import {check, type Unit} from './types/check.js'
import {enumerationsOf, withEnumerations} from './types/enumerations.js'
import {ProgramMaps} from './types/maps.js'
import type {ProbeFacts} from './types/probe.js'
import {type Settings, settingsOf} from './types/settings.js'
import {withStructures} from './types/structures.js'
import type {World} from './types/world.js'

/** What each phase makes of a program, for `--debug`. */
export interface Phases {
  readonly tree: Program
  readonly world: World
  readonly units: readonly Unit[]
  readonly object: ObjectFile
}

/**
 * Compiles the text of a bpftrace program: read, find the probes on this machine, find out the types, generate.
 * @throws UsageError with the line and a caret for what is wrong; UnsupportedError for what this engine does not have
 */
export function compile(text: string, context: CompileContext): ObjectFile {
  return compilePhases(text, context).object
}

/** The same, with what is between. */
export function compilePhases(text: string, context: CompileContext): Phases {
  return described(text, () => {
    const tree = parse(text)
    if (tree.clauses.length === 0)
      throw new UsageError('the program has no probes to attach', {
        hint: "a program is a probe and what it does, such as 'BEGIN { print(1) }'",
      })
    const world = worldOf(tree, context, text)
    const clauses = tree.clauses.map((clause) => ({clause, probes: probesOf(clause, text, world)}))
    const units = check(world, clauses)
    // What is left out may ask for more.
    if (clauses.every(({probes}) => probes.length > 0)) refuseOptions(world)
    const object = generate(world, units)
    requireFewProbes(object, world.settings)
    return {tree, world, units, object}
  })
}

function worldOf(tree: Program, given: CompileContext, text: string): World {
  const settings = settingsOf(tree.settings, given)
  const context = {...given, ringBytes: settings.ringBytes}
  const maps = new ProgramMaps()
  for (const {name, type, entries, place} of tree.maps) {
    const map = maps.named(name)
    if (!['hash', 'lruhash', 'percpuhash', 'lrupercpuhash', 'percpulruhash'].includes(type))
      throw new Mistake(`there is no type of map ${type}`, place, 'the types are hash and lruhash')
    map.entries = entries
    map.lru = type.includes('lru')
  }
  const enumerations = enumerationsOf(tree)
  return {
    context,
    types: withStructures(tree, withEnumerations(enumerations, context.types)),
    enumerations,
    maps,
    constants: tree.constants,
    macros: tree.macros,
    settings,
    warnings: new Set(
      settings.warnings.map(({text: warning, place}) =>
        place === undefined ? warning : `${positionOf(text, place.from)}: ${warning}`,
      ),
    ),
    labels: new Set(),
    options: new Map(),
    unsafe: new Set(),
  }
}

/** @throws UsageError for an option that the program does not ask for */
function refuseOptions({context, options}: World): void {
  for (const name of context.options.keys()) {
    if (options.has(name)) continue
    const names = [...options.keys()].map((each) => `--${each}`)
    throw new UsageError(`the program has no option --${name}`, {
      hint: names.length === 0 ? 'it has none at all' : `it has ${names.join(', ')}`,
    })
  }
}

/** @throws Mistake if there are more probes than a setting allows */
function requireFewProbes({programs}: ObjectFile, {mostProbes = Infinity}: Settings): void {
  const places = programs.map(({attachment}) => {
    if ('functions' in attachment) return attachment.functions.length
    return 'offsets' in attachment ? attachment.offsets.length : 1
  })
  const count = places.reduce((sum, each) => sum + each, 0)
  if (count > mostProbes)
    throw new Mistake(`the program has ${count} probes, and max_probes allows ${mostProbes}`, {
      from: 0,
      to: 1,
    })
}

/** The probes of a clause that this machine has. One of several may be missing, as names differ between kernels. */
function probesOf({probes}: Clause, text: string, world: World): ProbeFacts[] {
  const {settings, warnings} = world
  const found = probes.map((probe) => ({probe, facts: resolveProbe(probe, world)}))
  const missing = found.filter(({facts}) => facts.length === 0).map(({probe}) => probe)
  for (const probe of missing) {
    const some = missing.length < found.length
    const what = `there is no probe ${probe.text} on this machine`
    if (settings.missingProbes === 'error' && !some) throw new Mistake(what, probe.place)
    if (settings.missingProbes !== 'ignore')
      warnings.add(`${positionOf(text, probe.place.from)}: ${what}: it is left out`)
  }
  return found.flatMap(({facts}) => facts)
}
