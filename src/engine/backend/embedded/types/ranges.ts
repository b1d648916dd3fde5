import {isSince} from '../context.js'
import {Mistake, type Place, unsupported} from '../mistake.js'
import type {Checker} from './checker.js'
import type {Value} from './tree.js'

/** How often bpf_loop calls a function (BPF_MAX_LOOPS of include/linux/bpf.h). */
export const mostRounds = 1 << 23

/** How many rounds, those of ranges around included, the verifier is to follow one by one. */
const mostFollowed = 100

/**
 * How many rounds of a range the verifier follows one by one; undefined where the kernel calls the body.
 * @throws Mistake if neither is possible
 */
export function followedRounds(checker: Checker, from: Value, to: Value, place: Place): number | undefined {
  const isCallable = isSince(checker.world.context, [5, 17])
  if (from.op !== 'constant' || to.op !== 'constant') {
    if (isCallable) return undefined
    throw unsupported('a range whose bounds are not constant, before Linux 5.17,', place)
  }
  // As signed numbers, as bpftrace has them.
  const numbers = Number(BigInt.asIntN(64, to.value) - BigInt.asIntN(64, from.value))
  if (numbers > mostRounds)
    throw new Mistake(`a range has at most ${mostRounds} numbers, as many as the kernel goes through`, place)
  const rounds = Math.max(1, numbers)
  return isCallable && rounds * checker.rounds > mostFollowed ? undefined : rounds
}
