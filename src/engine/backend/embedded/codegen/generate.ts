import type {KernelProgram, ObjectFile} from '../object.js'
import type {Unit} from '../types/check.js'
import type {World} from '../types/world.js'
import {internalIds} from './internalids.js'
import {threadMaps} from './threadmaps.js'
import {objectTypeIds} from './objecttypes.js'
import {Generator} from './generator.js'
import {ObjectBuilder} from './objectbuilder.js'

/** Makes instructions and maps of a checked program. */
export function generate(world: World, units: readonly Unit[]): ObjectFile {
  const builder = new ObjectBuilder(
    world.context,
    world.settings,
    world.types,
    threadMaps(units, world.context),
    internalIds(units, world.context),
  )
  // All maps are there, also those that are only printed, in the order of the text.
  for (const map of world.maps.all) if (map.use !== undefined) builder.named(map)
  const programs = units.flatMap((unit) => programsOf(builder, unit))
  return builder.finish(programs, {unsafe: [...world.unsafe], warnings: [...world.warnings]})
}

function programsOf(builder: ObjectBuilder, unit: Unit): KernelProgram[] {
  const [probe] = unit.probes
  if (probe === undefined) return []
  // The kernel lets no second of these begin on a CPU (bpf_prog_active). The others can be interrupted by them, and need
  // memory of their own.
  const own = !['tracepoint', 'kprobe', 'kretprobe', 'profile', 'interval', 'software', 'hardware'].includes(
    probe.kind,
  )
  const generator = new Generator(builder, probe)
  generator.reserve(unit.variables)
  generator.program(unit.variables, unit.predicate, unit.body, own ? builder.nextScratch : 0)
  if (generator.usesScratch) builder.needScratch(generator.frame.scratch, own)
  const {asm} = generator
  const instructions = asm.finish()
  const functions = [
    {slot: 0, typeId: objectTypeIds.program},
    ...generator.functions.flatMap((label) => {
      const slot = asm.slotOf(label)
      return slot === undefined ? [] : [{slot, typeId: objectTypeIds.callback}]
    }),
  ]
  return unit.probes.map(({label, attachment, programType}) => ({
    probe: label,
    type: programType,
    attachment,
    instructions,
    ...(functions.length > 1 && {functions}),
  }))
}
