import type {Machine} from './kernel/machine.js'
import type {Need} from './kernel/need.js'
import type {Bt} from './program/bt.js'
import type {KernelTypes} from './program/ctype.js'
import {distribution, type Distribution} from './program/distribution.js'
import {type FieldValue, fieldValues} from './program/fields.js'
import type {Pattern} from './program/pattern.js'
import {type AttachPoint, probe} from './program/probe.js'
import {parseSpecifier, type Purpose, type Specifier} from './program/specifier.js'

/** A specifier and what it stands for on this machine. */
export interface FoundSpecifier {
  readonly specifier: Specifier
  readonly purpose: Purpose
  /** One place, or several where a USDT probe is in several. */
  readonly points: readonly AttachPoint[]
  readonly types: KernelTypes | undefined
  readonly fields: ReadonlyMap<string, FieldValue> | undefined
}

interface Wanted {
  readonly source: string
  readonly purpose: Purpose
}

/** Reads specifiers and finds what they name. @throws UsageError with a caret; MachineError for what is not there */
export async function findSpecifiers(
  wanted: readonly Wanted[],
  machine: Machine,
  pid: number | undefined,
): Promise<readonly FoundSpecifier[]> {
  const [{kernelTypes}, {resolvePattern}, {tracepointFields}] = await Promise.all([
    import('./kernel/types.js'),
    import('./kernel/probes/resolve.js'),
    import('./kernel/tracepointformat.js'),
  ])
  const types = kernelTypes()
  const find = async ({source, purpose}: Wanted): Promise<FoundSpecifier> => {
    const specifier = parseSpecifier(source, purpose, types)
    const found = await resolvePattern(patternOf(specifier), machine, {
      pid,
      limit: 1000,
      limitFlag: '',
    })
    const {kind, library, name} = specifier
    const described = kind === 't' ? tracepointFields(machine.tracefs ?? '', library, name) : undefined
    return {
      specifier,
      purpose,
      points: found.probes.map(({point}) => point),
      types,
      fields: described && fieldValues(library, described, types),
    }
  }
  const found: FoundSpecifier[] = []
  for (const each of wanted) found.push(await find(each))
  return found
}

/** What the specifiers count, as programs. @param where conditions on the task */
export function distributions(
  found: readonly FoundSpecifier[],
  stringSize: number,
  where: readonly Bt[],
): readonly Distribution[] {
  return found.map(({specifier, purpose, points, types, fields}, index) =>
    distribution(specifier, {
      ...{purpose, index, types, fields, stringSize, where},
      probes: (place) => points.map((point) => probe(point, place)),
    }),
  )
}

/** What the specifiers need of the machine. */
export function specifierNeeds(found: readonly FoundSpecifier[]): readonly Need[] {
  const kernel = found.flatMap(({points}) => points).find(({kind}) => kind === 'kprobe')
  return kernel?.kind === 'kprobe' ? [`kprobe:${kernel.name}`] : []
}

/** A specifier names one thing exactly: nothing in it is a glob. */
function patternOf({kind, library, name, source}: Specifier): Pattern {
  const exactly = (text: string) => ({text, matches: (other: string) => other === text})
  switch (kind) {
    case 't':
      return {text: source, kind: 'tracepoint', category: exactly(library), event: exactly(name)}
    case 'u':
      return {text: source, kind: 'usdt', target: library, provider: undefined, name: exactly(name)}
    case 'p':
    case 'r':
      return library === ''
        ? {text: name, kind: 'kernel', name: exactly(name)}
        : {text: `${library}:${name}`, kind: 'user', target: library, name: exactly(name)}
  }
}
