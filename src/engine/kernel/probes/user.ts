import type {NamePattern} from '../../program/pattern.js'
import {canName} from '../../program/probe.js'
import {type Elf, type ElfFunction, readElf} from '../elf.js'
import {isMisexecuted, misexecuted} from './evex.js'
import {byPlainness, type Found, type FoundProbe, grouped, type LeftOut, sorted} from './found.js'
import {implementationOf} from './indirect.js'
import type {Target} from './targets.js'

/** A function that matches, and where its code is. */
interface Match {
  readonly name: string
  readonly offset: number
  readonly address: number
  /** Whether its name means this code; not for an indirect one, whose name means what chooses the code. */
  readonly named: boolean
}

/**
 * The functions of a program or library that a pattern matches.
 * @throws MachineError if it is no ELF file
 */
export async function findUserFunctions(pattern: NamePattern, target: Target): Promise<Found> {
  const elf = readElf(target.path, target.root)
  try {
    const all = elf.functions
    const leftOut: LeftOut[] = []
    const matches: Match[] = []
    for (const each of all) {
      if (!pattern.matches(each.name)) continue
      const match = each.indirect ? await worker(each, elf, target) : {...each, named: true}
      // The compiler jumps to these parts from the middle of the function they belong to.
      if (/\.cold(\.\d+)?$/.test(each.name))
        leftOut.push({name: each.name, why: 'are no functions of their own', callable: false})
      else if (typeof match === 'string') leftOut.push({name: each.name, why: match})
      // Those of the C runtime in every program, and some that were written in assembler.
      else if (elf.functionAt(match.offset)?.size === 0)
        leftOut.push({
          name: each.name,
          why: 'have no size in the symbol table, and bpftrace attaches to no such function',
        })
      else if (isMisexecuted(elf, match.offset)) leftOut.push({name: each.name, why: misexecuted})
      else matches.push(match)
    }
    const places = grouped(matches, ({name}) => name)
    const isUnique = (name: string): boolean =>
      new Set(places.get(name)?.map(({offset}) => offset)).size === 1
    const probes = [...grouped(matches, ({offset}) => offset).values()].flatMap((place): FoundProbe[] => {
      const [best] = place.toSorted((a, b) => byPlainness(a.name, b.name))
      if (best === undefined) return []
      const name = best.named && isUnique(best.name) ? best.name : undefined
      const point = {kind: 'uprobe', path: target.root + target.path, name, address: best.address} as const
      return [{point, label: best.name, address: best.offset}]
    })
    const names = (): string[] => all.map(({name}) => name)
    return {probes: sorted(probes), leftOut, where: target.path, known: names, matchable: names}
  } finally {
    elf.close()
  }
}

/**
 * The code that does the work of an indirect function, such as strlen: it was chosen for this CPU when the library was
 * loaded. A probe on the function itself would see that choice only. In words what is wrong, if it cannot be traced.
 */
async function worker(each: ElfFunction, elf: Elf, target: Target): Promise<Match | string> {
  const offset = target.root === '' ? await implementationOf(each.name, target.path) : undefined
  if (offset === undefined) return 'choose their code when they are loaded, and tstrace cannot see which'
  const address = elf.addressOf(offset)
  // bpftrace takes no address that is in no function it knows.
  if (elf.functionAt(offset) === undefined || address === undefined)
    return 'choose their code when they are loaded, and the code has no name here (symbols were stripped)'
  return {name: each.name, offset, address, named: false}
}

/** The USDT probes of a program or library. @throws MachineError if it is no ELF file */
export function findUsdt(provider: NamePattern | undefined, name: NamePattern, target: Target): Found {
  const elf = readElf(target.path, target.root)
  try {
    const all = elf.probes
    const matching = all.filter(
      (each) => (provider === undefined || provider.matches(each.provider)) && name.matches(each.name),
    )
    const providers = new Set(matching.map((each) => each.provider))
    // One probe of the output for all places of a probe.
    const points = [...grouped(matching, (each) => `${each.provider}:${each.name}`).values()].flatMap(
      ([first]) =>
        first === undefined
          ? []
          : [
              {
                point: {
                  kind: 'usdt',
                  path: target.root + target.path,
                  provider: first.provider,
                  name: first.name,
                } as const,
                label: providers.size > 1 ? `${first.provider}:${first.name}` : first.name,
              },
            ],
    )
    return {
      probes: sorted(points.filter(({point}) => canName(point))),
      leftOut: points
        .filter(({point}) => !canName(point))
        .map(({label}) => ({name: label, why: 'have a name that a program cannot hold'})),
      where: target.path,
      known: () => all.map((each) => each.name),
    }
  } finally {
    elf.close()
  }
}
