import type {Message} from '../../backend.js'
import type {ObjectFile} from '../object.js'
import {mostRounds} from '../types/ranges.js'

/** Turns counters of what went wrong in the kernel into messages, for what is new since it was last asked. */
export class LossCounter {
  readonly #object: Pick<ObjectFile, 'losses' | 'named'>
  #seen: readonly number[] = []
  #missed = 0

  constructor(object: Pick<ObjectFile, 'losses' | 'named'>) {
    this.#object = object
  }

  /**
   * @param counters how often each of `losses` has happened, in their order
   * @param missed how many events the kernel has passed over
   */
  news(counters: readonly number[], missed: number): Message[] {
    const before = this.#seen
    this.#seen = counters
    const unseen = missed - this.#missed
    this.#missed = missed
    const news = this.#object.losses.flatMap((loss, index): Message[] => {
      const count = (counters[index] ?? 0) - (before[index] ?? 0)
      if (count <= 0) return []
      switch (loss.kind) {
        case 'records':
          return [{kind: 'lost', events: count}]
        case 'map full': {
          const name = this.#object.named[loss.named]?.name ?? '@'
          const text = `a map of the program is full: new keys are not counted (${name})`
          return [{kind: 'trouble', text, mapFull: true}]
        }
        case 'stacks':
          return [{kind: 'missed', stacks: count, hint: stackHint}]
        case 'ranges':
          return [{kind: 'trouble', text: rangeText}]
      }
    })
    return unseen > 0 ? [...news, {kind: 'unseen', events: unseen}] : news
  }
}

const rangeText = `a range has more than ${mostRounds} numbers: the loop over it did not run`
const stackHint = 'raise --stack-storage-size'
