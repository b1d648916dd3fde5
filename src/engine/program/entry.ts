import {bt, type Bt} from './bt.js'
import {exactly, type NumberValue, signOf} from './value.js'

/** What a return needs from the entry of the same call. */
export interface SavedAtEntry {
  /** The action at the entry. */
  readonly save: Bt
  /** The action at the return, with `$latency` and `$entry0`, `$entry1` ... for `inner`; none if no entry was seen. */
  readonly restore: (inner: Bt) => Bt
}

/**
 * Keeps values of a call from its entry to its return, by thread and by how deep the function called itself.
 * @param index makes the names of the maps unique
 * @param values one for each `$entryN`
 */
export function savedAtEntry(
  index: number,
  usesLatency: boolean,
  values: readonly NumberValue[],
): SavedAtEntry {
  const depth = bt`@depth${index}[tid]`
  const start = bt`@start${index}[tid, $depth]`
  const kept = values.map((value, number) => ({
    value,
    number,
    map: bt`@entry${index}_${number}[tid, $depth]`,
  }))
  return {
    // The time comes last at the entry and first at the return, so that this bookkeeping is not in it.
    save: bt`
      ${depth}++;
      $depth = ${depth};
      ${kept.map(({value, map}) => bt`${map} = ${exactly(value, signOf(value.type))};`)}
      ${usesLatency && bt`${start} = nsecs;`}`,
    restore: (inner) => bt`
      ${usesLatency && bt`$end = nsecs;`}
      $depth = ${depth};
      if ($depth > 0) {
        ${usesLatency && bt`$latency = (uint64)($end - ${start});`}
        ${usesLatency && bt`delete(${start});`}
        ${kept.map(({number, map}) => bt`$entry${number} = ${map};`)}
        ${kept.map(({map}) => bt`delete(${map});`)}
        if ($depth > 1) {
          ${depth} = $depth - 1;
        } else {
          delete(${depth});
        }
        ${inner}
      }`,
  }
}
