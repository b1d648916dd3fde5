import type {Place} from '../mistake.js'
import type {RecordKind} from '../object.js'
import type {ProgramMap} from './maps.js'
import type {PointerValue, Type} from './type.js'

/** A variable (`$name`) of one probe. */
export interface Variable {
  readonly name: string
  type: Type
  /** Whether its first use is not an assignment that surely comes first: then it begins as zeros. */
  zeroed: boolean
}

/** What the kernel is asked for, without arguments of the program's own. */
export type Question =
  | 'pid'
  | 'tid'
  /** The same as the kernel counts them, whatever the namespace. */
  | 'kernel pid'
  | 'kernel tid'
  | 'uid'
  | 'gid'
  | 'cpu'
  | 'nsecs'
  | 'nsecs monotonic'
  | 'nsecs tai'
  | 'elapsed'
  | 'rand'
  | 'task'
  | 'cgroup'
  | 'jiffies'
  | 'function'
  | 'numa node'

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>'
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

/** Where a number is in memory and how it is read. */
export interface Cell {
  readonly bytes: 1 | 2 | 4 | 8
  readonly signed: boolean
  readonly isBool?: boolean
  /** Bits from the least significant one, and how many. */
  readonly bits?: {readonly offset: number; readonly size: number}
}

/** An expression with its type: names, builtins and members are resolved, conversions written out. */
export type Value = {readonly type: Type; readonly place: Place} & (
  | {readonly op: 'constant'; readonly value: bigint; readonly cast?: true}
  | {readonly op: 'variable'; readonly variable: Variable}
  /** What is not in the map is zeros. */
  | {readonly op: 'map'; readonly map: ProgramMap; readonly key: readonly Value[]}
  /** Whether a map has a key. */
  | {readonly op: 'has'; readonly map: ProgramMap; readonly key: readonly Value[]}
  /** Whether a map that somebody else pinned has a number of 8 bytes as a key. */
  | {readonly op: 'pinnedHas'; readonly path: string; readonly key: Value}
  /** Deletes a key: whether it was there. */
  | {readonly op: 'delete'; readonly map: ProgramMap; readonly key: readonly Value[]}
  /** A number from the memory that its pointer points to. */
  | {readonly op: 'load'; readonly address: Pointing; readonly offset: number; readonly cell: Cell}
  /** A number from the context of the probe. */
  | {readonly op: 'context'; readonly offset: number; readonly cell: Cell}
  /** A number or more of what a value in our own memory holds: part of a tuple, member of a copied structure. */
  | {readonly op: 'inside'; readonly of: Value; readonly offset: number; readonly cell?: Cell}
  | {readonly op: 'question'; readonly question: Question}
  | {readonly op: 'unary'; readonly operator: '-' | '~' | '!'; readonly of: Value}
  | {
      readonly op: 'arithmetic'
      readonly operator: ArithmeticOperator
      readonly left: Value
      readonly right: Value
    }
  | {
      readonly op: 'compare'
      readonly operator: Comparison
      readonly left: Value
      readonly right: Value
      readonly signed: boolean
    }
  | {
      readonly op: 'sameText'
      readonly left: Value
      readonly right: Value
      /** Bytes that are compared at most. */
      readonly length: number
      /** Whether the value is that they differ: `!=`, and strncmp(). */
      readonly differ: boolean
    }
  /** Whether the first bytes of two values in memory are the same. */
  | {
      readonly op: 'sameBytes'
      readonly left: Value
      readonly right: Value
      readonly bytes: number
      readonly differ: boolean
    }
  | {readonly op: 'contains'; readonly text: Value; readonly part: Value}
  /** How many bytes a text has before its end. */
  | {readonly op: 'textLength'; readonly of: Value}
  /** How many frames a stack has. */
  | {readonly op: 'frames'; readonly of: Value}
  /** How many keys a map has. */
  | {readonly op: 'keys'; readonly map: ProgramMap}
  | {readonly op: 'both' | 'any'; readonly left: Value; readonly right: Value}
  | {readonly op: 'choice'; readonly condition: Value; readonly then: Value; readonly otherwise: Value}
  /** A number, cut and extended to the type; or the same register seen as another type. */
  | {readonly op: 'convert'; readonly of: Value}
  | {readonly op: 'swap'; readonly of: Value; readonly bytes: 2 | 4 | 8}
  | {readonly op: 'step'; readonly target: Changed; readonly by: bigint; readonly before: boolean}
  /** The address of what is in memory: of an array, of a member. */
  | {readonly op: 'address'; readonly of: Pointing; readonly offset: number}
  /** The address of the context itself, and so many bytes into it. */
  | {readonly op: 'contextAddress'; readonly offset: number}
  /** Data of a tracepoint whose field says where in the record it is. */
  | {readonly op: 'dataLocation'; readonly offset: number; readonly relative: boolean}
  | {readonly op: 'sequence'; readonly body: readonly Action[]; readonly value: Value}
  | {readonly op: 'signal'; readonly number: Value; readonly thread: boolean}
  // Values in memory.
  | {readonly op: 'literal'; readonly bytes: Buffer}
  /** Bytes that the program names, not as a text. */
  | {readonly op: 'bytes'; readonly bytes: Buffer}
  /** A number as the bytes of an array. */
  | {readonly op: 'spread'; readonly of: Value}
  /** What a pointer points to, as a whole. */
  | {readonly op: 'memory'; readonly address: Pointing; readonly offset: number}
  /** A text of the memory a pointer points to; with a length, at most so many bytes. */
  | {readonly op: 'string'; readonly address: Pointing; readonly length?: Value}
  | {readonly op: 'comm'}
  | {readonly op: 'tuple'; readonly parts: readonly Value[]}
  /** Bytes in memory; in that of our own where there is no address. */
  | {readonly op: 'buffer'; readonly address: Pointing; readonly length: Value}
  | {readonly op: 'ownBuffer'; readonly of: Value; readonly length: Value}
  | {readonly op: 'stack'}
  | {readonly op: 'usym'; readonly address: Value}
  /** Of a number, or of 4 or 16 bytes in memory; the family is found out from the length where it is not given. */
  | {readonly op: 'inet'; readonly family: Value; readonly of: Value}
  | {readonly op: 'mac'; readonly address: Pointing}
)

/** A value that is an address. */
export type Pointing = Value & {readonly type: PointerValue}

/** What ++ changes. */
export type Changed =
  | {readonly kind: 'variable'; readonly variable: Variable}
  | {readonly kind: 'map'; readonly map: ProgramMap; readonly key: readonly Value[]}

/** What a value is counted into. */
export type Aggregation =
  | {readonly kind: 'count'}
  | {readonly kind: 'sum' | 'min' | 'max' | 'avg' | 'stats'; readonly value: Value}
  | {readonly kind: 'hist'; readonly value: Value; readonly bits: number}
  | {
      readonly kind: 'lhist'
      readonly value: Value
      readonly min: bigint
      readonly max: bigint
      readonly step: bigint
    }

/** A statement with its types. */
export type Action = {readonly place: Place} & (
  | {readonly op: 'evaluate'; readonly value: Value}
  | {readonly op: 'set'; readonly variable: Variable; readonly value: Value}
  | {readonly op: 'setMap'; readonly map: ProgramMap; readonly key: readonly Value[]; readonly value: Value}
  | {
      readonly op: 'aggregate'
      readonly map: ProgramMap
      readonly key: readonly Value[]
      readonly into: Aggregation
    }
  | {readonly op: 'delete'; readonly map: ProgramMap; readonly key: readonly Value[]}
  | {
      readonly op: 'if'
      readonly condition: Value
      readonly then: readonly Action[]
      readonly otherwise: readonly Action[]
    }
  | {readonly op: 'while'; readonly condition: Value; readonly body: readonly Action[]}
  | {readonly op: 'unroll'; readonly times: number; readonly body: readonly Action[]}
  | {
      readonly op: 'range'
      readonly variable: Variable
      readonly from: Value
      readonly to: Value
      /** Whether the kernel calls the body, which the verifier then does not follow from number to number. */
      readonly called: boolean
      readonly body: readonly Action[]
    }
  | {
      readonly op: 'each'
      readonly variable: Variable
      readonly map: ProgramMap
      readonly body: readonly Action[]
    }
  | {readonly op: 'block'; readonly body: readonly Action[]}
  | {readonly op: 'return' | 'break' | 'continue'}
  /** Sends a record; `exit` ends the program after it. */
  | {
      readonly op: 'emit'
      readonly record: {readonly kind: RecordKind['kind']; readonly [name: string]: unknown}
      readonly value?: Value
      readonly map?: ProgramMap
    }
  /** Up to 16 texts of an array of pointers. */
  | {readonly op: 'join'; readonly address: Pointing; readonly separator: string}
  | {readonly op: 'override'; readonly value: Value}
)
