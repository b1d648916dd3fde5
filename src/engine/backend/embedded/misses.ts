import type {Bpf} from '../../kernel/bpf.js'

/** Where struct bpf_prog_info has the events that found the program running already. */
const programInfo = {bytes: 232, missed: 208}
/** Where struct bpf_link_info has its kind, and a kprobe link what it had no room for. */
const linkInfo = {bytes: 64, kind: 0, missed: 32}
/** BPF_LINK_TYPE_KPROBE_MULTI */
const kprobeLink = 8
/** How many are asked at once, so that thousands cost no more than these: a system call each. */
const mostAsked = 64

interface Counter {
  readonly ask: () => number | undefined
  /** What it said last. */
  seen: number
}

/** Counts the events that the kernel passes over, from when it is made. */
export class Misses {
  readonly #bpf: Bpf
  #counters: readonly Counter[]
  #next = 0
  #total = 0

  constructor(bpf: Bpf, programs: readonly number[], links: readonly number[]) {
    this.#bpf = bpf
    const all = [
      ...programs.map((fd) => () => this.#ofProgram(fd)),
      ...links.map((fd) => () => this.#ofLink(fd)),
    ]
    // What cannot tell now never will.
    this.#counters = all.flatMap((ask) => {
      const seen = ask()
      return seen === undefined ? [] : [{ask, seen}]
    })
  }

  /** How many there were; where there are many programs, those of some of them since they were last asked. */
  count(): number {
    const counters = this.#counters
    for (let asked = 0; asked < Math.min(mostAsked, counters.length); asked++)
      this.#ask(counters[this.#next++ % counters.length])
    return this.#total
  }

  /** Asks all of them a last time: what they miss from now on does not matter. */
  settle(): void {
    for (const counter of this.#counters) this.#ask(counter)
    this.#counters = []
  }

  #ask(counter: Counter | undefined): void {
    const now = counter?.ask()
    if (counter === undefined || now === undefined) return
    this.#total += now - counter.seen
    counter.seen = now
  }

  #ofProgram(fd: number): number | undefined {
    // Older kernels write less: what they do not know stays zero.
    const info = Buffer.alloc(programInfo.bytes)
    return this.#bpf.info(fd, info) < 0 ? undefined : Number(info.readBigUInt64LE(programInfo.missed))
  }

  #ofLink(fd: number): number | undefined {
    const info = Buffer.alloc(linkInfo.bytes)
    return this.#bpf.info(fd, info) < 0 || info.readUInt32LE(linkInfo.kind) !== kprobeLink
      ? undefined
      : Number(info.readBigUInt64LE(linkInfo.missed))
  }
}
