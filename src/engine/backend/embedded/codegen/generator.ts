import {Assembler, type Label, type Operand, type Register} from '../assembler.js'
import {helpers} from '../helpers.js'
import type {Place} from '../mistake.js'
import type {Size} from '../opcodes.js'
import type {ProbeFacts} from '../types/probe.js'
import {isScalar, storedSize, type Type} from '../types/type.js'
import type {Action, Cell, Value, Variable} from '../types/tree.js'
import {runActions} from './actions.js'
import type {Callback} from './callbacks.js'
import {Frame, moved, type Spot} from './frame.js'
import {storeMemory} from './memory.js'
import {globalOffsets, type ObjectBuilder} from './objectbuilder.js'
import {nextObject} from './iterator.js'
import {evaluateNumber, isPlain, jumpOn} from './numbers.js'
import {evaluateProcess} from './questions.js'

/** Which registers values wait in while others are computed: calls leave them alone. */
const waiting: readonly Register[] = ['r7', 'r8']

/** Where the jumps of the loop around go to. */
export interface Loop {
  readonly leave: Label
  readonly again: Label
}

/** What the functions of a program share. */
interface Around {
  readonly asm: Assembler
  readonly scratch: number
  readonly stack: number
  readonly links: Spot
  readonly variables: Map<Variable, Spot>
  readonly depth: number
}

/**
 * Writes the instructions of one program. r6 is the context, r9 the program's part of the scratch map, r7 and r8 hold what
 * waits; everything else is free between two steps.
 */
export class Generator {
  readonly asm: Assembler
  readonly frame: Frame
  readonly object: ObjectBuilder
  readonly probe: ProbeFacts
  readonly end: Label
  readonly loops: Loop[] = []
  /** How many functions that are called back are around. */
  readonly depth: number
  /** The callbacks that were written. */
  readonly functions: Label[] = []
  /** Functions that are called back, still to be written; those of callbacks themselves, too. */
  readonly callbacks: Callback[] = []
  readonly #variables: Map<Variable, Spot>
  readonly #free: Register[]
  /** Where a callback finds what it needs; on the stack of the program. */
  #links: Spot | undefined
  /** Whether anything in the scratch memory was asked for. */
  usesScratch = false

  constructor(object: ObjectBuilder, probe: ProbeFacts, around?: Around) {
    this.object = object
    this.probe = probe
    this.asm = around?.asm ?? new Assembler()
    this.end = this.asm.label('the end')
    this.frame = new Frame(around?.scratch ?? object.lossBytes, around?.stack)
    this.#variables = around?.variables ?? new Map<Variable, Spot>()
    this.#links = around?.links
    this.depth = around?.depth ?? 0
    // A callback has the stack of the program in r8.
    this.#free = around === undefined ? [...waiting] : ['r7']
  }

  /**
   * The whole program. The scratch memory is only set up where it is needed, and not before the predicate.
   * @param entry of the map with the scratch memory
   */
  program(
    variables: readonly Variable[],
    predicate: Value | undefined,
    body: readonly Action[],
    entry: number,
  ): void {
    const {asm} = this
    asm.move('r6', 'r1')
    if (this.probe.kind !== 'end') {
      asm.mapValue('r1', this.object.globals, globalOffsets.stopped)
      asm.load(4, 'r1', 'r1', 0)
      asm.jumpIf('r1', '!=', 0, this.end)
    }
    if (this.probe.kind === 'iter') nextObject(this)
    const {process} = this.object.context
    if (process !== 0 && ['uprobe', 'uretprobe'].includes(this.probe.attachment.kind)) {
      // What is attached for one process sees its first thread only (in links before Linux 6.10).
      evaluateProcess(this)
      asm.jumpIf('r0', '!=', process, this.end)
    }
    const early = predicate !== undefined && this.#asksScratch(predicate)
    if (early) this.#setUpScratch(entry)
    if (predicate) {
      asm.place(predicate.place.from)
      jumpOn(this, predicate, this.end, false)
      asm.place(undefined)
    }
    const from = asm.length
    if (!early) this.#setUpScratch(entry)
    const to = asm.length
    this.usesScratch = early
    for (const variable of variables)
      if (variable.zeroed) this.zero(this.variable(variable), storedSize(variable.type))
    runActions(this, body)
    asm.place(undefined)
    asm.here(this.end)
    asm.move('r0', 0)
    asm.exit()
    for (let next = this.callbacks.shift(); next; next = this.callbacks.shift()) {
      this.functions.push(next.label)
      asm.here(next.label)
      next.write(this)
    }
    if (!this.usesScratch) asm.remove(from, to)
  }

  /** Where callbacks find the context, the scratch memory, and whether the program is to end: 8 bytes for each. */
  get links(): Spot {
    return (this.#links ??= this.frame.stack(24, {from: 0, to: 1}))
  }

  /**
   * Another function of this program, which is called back.
   * @param scratch where its part of the scratch memory begins
   * @param depth how many functions are around what is in it
   */
  inside(scratch: number, depth: number): Generator {
    const seen = ({base, offset}: Spot): Spot => ({base: base === 'r10' ? 'r8' : base, offset})
    return new Generator(this.object, this.probe, {
      asm: this.asm,
      scratch,
      depth,
      stack: this.frame.stackUsed,
      links: seen(this.links),
      variables: new Map([...this.#variables].map(([variable, spot]) => [variable, seen(spot)])),
    })
  }

  /** Where a variable is. */
  variable(variable: Variable): Spot {
    const known = this.#variables.get(variable)
    if (known !== undefined) return this.touch(known)
    const place = {from: 0, to: 1}
    const size = storedSize(variable.type)
    const spot = isScalar(variable.type) ? this.frame.take(size, place) : this.frame.large(size, place)
    this.#variables.set(variable, spot)
    return this.touch(spot)
  }

  /** Variables first, so that they are not given back with what statements take. */
  reserve(variables: readonly Variable[]): void {
    for (const variable of variables) this.variable(variable)
  }

  /** Memory for a value of a type, until it is given back. */
  take(bytes: number, place: Place): Spot {
    return this.touch(this.frame.take(bytes, place))
  }

  /** Memory in the scratch map. */
  large(bytes: number, place: Place): Spot {
    return this.touch(this.frame.large(bytes, place))
  }

  /** Runs with memory that is given back behind it. */
  briefly<T>(run: () => T): T {
    const mark = this.frame.mark()
    try {
      return run()
    } finally {
      this.frame.release(mark)
    }
  }

  touch(spot: Spot): Spot {
    if (spot.base === 'r9') this.usesScratch = true
    return spot
  }

  /** The value of a number or of what a register holds, in a register. r0 to r5 are lost. */
  evaluate(value: Value, dst: Register): void {
    evaluateNumber(this, value, dst)
  }

  /** Jumps if something is true, or if it is not; otherwise goes on. */
  jumpOn(value: Value, target: Label, wanted: boolean): void {
    jumpOn(this, value, target, wanted)
  }

  /** Statements one after another. */
  run(actions: readonly Action[]): void {
    runActions(this, actions)
  }

  /** A value written where it is to be: all bytes of `type`, which may have more room than the value. */
  store(value: Value, spot: Spot, type: Type = value.type): void {
    if (!isScalar(value.type)) {
      storeMemory(this, value, spot, type)
      return
    }
    if (value.op === 'constant' && value.value === BigInt.asIntN(32, value.value)) {
      this.asm.store(8, spot.base, spot.offset, Number(value.value))
      return
    }
    this.evaluate(value, 'r0')
    this.asm.store(8, spot.base, spot.offset, 'r0')
  }

  /** Where a value in memory is: that of a variable itself, otherwise a copy. */
  locate(value: Value): Spot {
    if (value.op === 'variable') return this.variable(value.variable)
    if (value.op === 'inside' && value.cell === undefined) return moved(this.locate(value.of), value.offset)
    const spot = this.take(storedSize(value.type), value.place)
    this.store(value, spot)
    return spot
  }

  /** Two numbers in registers, or the second as a constant, for an operation that calls nothing. */
  pair(left: Value, right: Value, use: (left: Register, right: Operand) => void): void {
    if (right.op === 'constant' && BigInt.asIntN(64, right.value) === BigInt.asIntN(32, right.value)) {
      this.evaluate(left, 'r0')
      use('r0', Number(BigInt.asIntN(32, right.value)))
      return
    }
    if (isPlain(right)) {
      this.evaluate(left, 'r0')
      this.evaluate(right, 'r1')
      use('r0', 'r1')
      return
    }
    this.waiting(left, (load) => {
      this.evaluate(right, 'r1')
      load('r0')
      use('r0', 'r1')
    })
  }

  /** Keeps a number while others are computed; `load` gets it back. */
  waiting(value: Value, run: (load: (dst: Register) => void) => void): void {
    const register = this.#free.pop()
    if (register !== undefined) {
      this.evaluate(value, register)
      run((dst) => this.asm.move(dst, register))
      this.#free.push(register)
      return
    }
    this.briefly(() => {
      const {base, offset} = this.touch(this.frame.take(8, value.place))
      this.evaluate(value, 'r0')
      this.asm.store(8, base, offset, 'r0')
      run((dst) => this.asm.load(8, dst, base, offset))
    })
  }

  /** `dst = address of a spot` */
  address(dst: Register, {base, offset}: Spot): void {
    this.asm.move(dst, base)
    if (offset !== 0) this.asm.alu64('+', dst, offset)
  }

  /** A number from a place in memory that may be read directly. */
  loadCell(dst: Register, base: Register, offset: number, {bytes, signed, bits, isBool}: Cell): void {
    const {asm} = this
    asm.load(bytes, dst, base, offset)
    if (bits !== undefined) {
      asm.alu64('<<', dst, 64 - bits.offset - bits.size)
      asm.alu64(signed ? 's>>' : '>>', dst, 64 - bits.size)
    } else if (signed) asm.narrow(dst, bytes, true)
    if (isBool) asm.alu64('&', dst, 1)
  }

  /** Zeros in memory of our own. */
  zero(spot: Spot, bytes: number): void {
    const {asm} = this
    const most = 64
    if (bytes <= most) {
      for (let at = 0; at < bytes; at += 8) asm.store(8, spot.base, spot.offset + at, 0)
      return
    }
    // What cannot be read comes back as zeros, at the price of one call: address 0 is refused before anything is tried.
    this.address('r1', spot)
    asm.move('r2', bytes)
    asm.move('r3', 0)
    asm.call(helpers.probe_read_kernel)
  }

  /** Copies memory of our own; the address of the source is in a register or a spot. */
  copy(from: Spot | Register, to: Spot, bytes: number): void {
    const {asm} = this
    if (bytes <= 64) {
      const {base, offset} = typeof from === 'string' ? {base: from, offset: 0} : from
      for (let at = 0; at < bytes;) {
        const size: Size = ([8, 4, 2, 1] as const).find((each) => each <= bytes - at) ?? 1
        asm.load(size, 'r5', base, offset + at)
        asm.store(size, to.base, to.offset + at, 'r5')
        at += size
      }
      return
    }
    if (typeof from === 'string') asm.move('r3', from)
    else this.address('r3', from)
    this.address('r1', to)
    asm.move('r2', bytes)
    asm.call(helpers.probe_read_kernel)
  }

  /** One more of a loss, where r0 is below 0: what helpers give for it. */
  countLossBy(loss: Parameters<ObjectBuilder['loss']>[0]): void {
    const {asm} = this
    // Without a jump, as every one doubles what the kernel has to verify in a loop.
    const {base, offset} = this.touch({base: 'r9', offset: this.object.loss(loss) * 8})
    asm.alu64('>>', 'r0', 63)
    asm.load(8, 'r1', base, offset)
    asm.alu64('+', 'r1', 'r0')
    asm.store(8, base, offset, 'r1')
  }

  /** One more of a loss, in code that hardly ever runs. */
  countLoss(loss: Parameters<ObjectBuilder['loss']>[0]): void {
    const {asm} = this
    const offset = this.object.loss(loss) * 8
    this.briefly(() => {
      const skip = asm.label('lost')
      const key = this.frame.stack(8, {from: 0, to: 1})
      asm.store(4, key.base, key.offset, 0)
      asm.map('r1', this.object.counters)
      this.address('r2', key)
      asm.call(helpers.map_lookup_elem)
      asm.jumpIf('r0', '==', 0, skip)
      asm.load(8, 'r1', 'r0', offset)
      asm.alu64('+', 'r1', 1)
      asm.store(8, 'r0', offset, 'r1')
      asm.here(skip)
    })
  }

  /** Whether a value needs scratch memory, found out by writing it for nobody. */
  #asksScratch(value: Value): boolean {
    const trial = new Generator(this.object.trial, this.probe)
    jumpOn(trial, value, trial.end, false)
    return trial.usesScratch
  }

  #setUpScratch(entry: number): void {
    const {asm} = this
    const key = this.frame.stack(8, {from: 0, to: 1})
    asm.store(4, key.base, key.offset, entry)
    asm.map('r1', this.object.counters)
    this.address('r2', key)
    asm.call(helpers.map_lookup_elem)
    asm.jumpIf('r0', '==', 0, this.end)
    asm.move('r9', 'r0')
  }
}
