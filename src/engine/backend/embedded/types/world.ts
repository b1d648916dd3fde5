import type {KernelTypes} from '../../../program/ctype.js'
import type {CompileContext} from '../context.js'
import type {Expression, Macro} from '../syntax/ast.js'
import type {Enumerations} from './enumerations.js'
import type {ProgramMaps} from './maps.js'
import type {Settings} from './settings.js'

/** What all clauses of a program share. */
export interface World {
  readonly context: CompileContext
  /** Types of the kernel, and before them those of the program. */
  readonly types: KernelTypes | undefined
  readonly maps: ProgramMaps
  readonly constants: ReadonlyMap<string, Expression>
  readonly enumerations: Enumerations
  readonly macros: ReadonlyMap<string, Macro>
  readonly settings: Settings
  readonly warnings: Set<string>
  /** The probes that the program asks the names of (`probe`), in the order in which it does. */
  readonly labels: Set<string>
  /** The options that the program asks for, with their defaults. */
  readonly options: Map<string, bigint | string>
  /** The functions it calls that change what they look at, which has to be allowed. */
  readonly unsafe: Set<string>
}
