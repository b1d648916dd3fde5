import type {Place} from '../mistake.js'

/** A type as the program writes it: `struct file *` is `{words: ['struct', 'file'], pointers: 1, lengths: []}`. */
export interface TypeName {
  readonly words: readonly string[]
  readonly pointers: number
  /** Lengths of an array, the outer first; undefined for `[]`. */
  readonly lengths: readonly (number | undefined)[]
  readonly place: Place
}

export type BinaryOperator =
  | '||'
  | '&&'
  | '|'
  | '^'
  | '&'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '<<'
  | '>>'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'

/** The operators with which a variable is changed by a value, without their `=`. */
export type ChangeOperator = Exclude<BinaryOperator, '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>='>

export type Expression = {readonly place: Place} & (
  | {readonly kind: 'number'; readonly value: bigint}
  | {readonly kind: 'text'; readonly value: Buffer}
  | {readonly kind: 'boolean'; readonly value: boolean}
  /** A builtin such as `pid`, or a constant. */
  | {readonly kind: 'name'; readonly name: string}
  | {readonly kind: 'variable'; readonly name: string}
  | {readonly kind: 'map'; readonly name: string; readonly key: readonly Expression[] | undefined}
  /** `$1`, or with 0 the number of them, `$#`. */
  | {readonly kind: 'positional'; readonly number: number}
  | {readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]}
  /** `*` follows a pointer, `&` is an address. */
  | {readonly kind: 'unary'; readonly operator: '-' | '!' | '~' | '*' | '&' | '+'; readonly of: Expression}
  | {
      readonly kind: 'step'
      readonly by: 1 | -1
      /** Whether the value is that before the step, as of `$x++`. */
      readonly before: boolean
      readonly of: Expression
    }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'choice'
      readonly condition: Expression
      readonly then: Expression
      readonly otherwise: Expression
    }
  | {readonly kind: 'cast'; readonly type: TypeName; readonly of: Expression}
  | {readonly kind: 'member'; readonly of: Expression; readonly name: string}
  /** A part of a tuple: `$t.0`. */
  | {readonly kind: 'part'; readonly of: Expression; readonly index: number}
  | {readonly kind: 'index'; readonly of: Expression; readonly index: Expression}
  | {readonly kind: 'tuple'; readonly parts: readonly Expression[]}
  | {readonly kind: 'sizeof'; readonly of: TypeName | Expression}
  | {readonly kind: 'offsetof'; readonly of: TypeName | Expression; readonly members: readonly string[]}
  /** Statements, and the value of the last; macros have it. */
  | {readonly kind: 'block'; readonly body: readonly Statement[]; readonly value: Expression}
)

export type Target = Extract<Expression, {kind: 'variable' | 'map'}>

export type Statement = {readonly place: Place} & (
  | {readonly kind: 'expression'; readonly of: Expression}
  | {
      readonly kind: 'assignment'
      readonly target: Target
      /** Missing for a plain `=`. */
      readonly operator?: ChangeOperator
      readonly value: Expression
    }
  | {
      readonly kind: 'let'
      readonly name: string
      readonly type?: TypeName
      readonly value?: Expression
    }
  | {
      readonly kind: 'if'
      readonly condition: Expression
      readonly then: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }
  | {readonly kind: 'while'; readonly condition: Expression; readonly body: readonly Statement[]}
  | {readonly kind: 'unroll'; readonly times: Expression; readonly body: readonly Statement[]}
  | {
      readonly kind: 'for'
      readonly variable: string
      readonly over: Target | {readonly kind: 'range'; readonly from: Expression; readonly to: Expression}
      readonly body: readonly Statement[]
    }
  | {readonly kind: 'block'; readonly body: readonly Statement[]}
  | {readonly kind: 'return'; readonly value?: Expression}
  | {readonly kind: 'break' | 'continue'}
)

/** `kprobe:vfs_*`: its words between the colons, quotes taken away. */
export interface ProbeName {
  readonly text: string
  readonly words: readonly string[]
  readonly place: Place
}

export interface Clause {
  readonly probes: readonly ProbeName[]
  readonly predicate?: Expression
  readonly body: readonly Statement[]
  readonly place: Place
}

export interface Member {
  /** Empty for a structure without a name in a structure, and for bits that are only left free. */
  readonly name: string
  readonly type: TypeName
  /** Lengths of an array, the outer first; undefined for `[]`. They are in place of those of its type. */
  readonly lengths: readonly (Expression | undefined)[]
  /** How many bits a bit field has. */
  readonly bits?: Expression
}

/** A structure that the program describes by itself. */
export interface Structure {
  readonly name: string
  readonly isUnion: boolean
  /** Whether nothing is left free between its members. */
  readonly isPacked: boolean
  readonly members: readonly Member[]
  readonly place: Place
}

/** An enumeration of the program; one without a name has only its constants. */
export interface Enumeration {
  /** As `enum name`. */
  readonly name: string | undefined
  readonly constants: readonly (readonly [name: string, value: Expression])[]
}

export interface Setting {
  readonly name: string
  readonly value: string | number
  readonly place: Place
}

/** `macro name($value, @map) {...}`: written out where it is called. */
export interface Macro {
  readonly name: string
  readonly parameters: readonly {readonly sort: '' | '$' | '@'; readonly name: string}[]
  readonly body: readonly Statement[]
  /** The last expression without a semicolon. */
  readonly value?: Expression
  readonly place: Place
}

/** `let @name = lruhash(4096)`. */
export interface MapDeclaration {
  readonly name: string
  readonly type: string
  readonly entries: number
  readonly place: Place
}

export interface Program {
  readonly clauses: readonly Clause[]
  readonly structures: readonly Structure[]
  readonly enumerations: readonly Enumeration[]
  /** Constants of enumerations and of `#define`. */
  readonly constants: ReadonlyMap<string, Expression>
  readonly settings: readonly Setting[]
  readonly macros: ReadonlyMap<string, Macro>
  readonly maps: readonly MapDeclaration[]
}
