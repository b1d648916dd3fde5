/**
 * How many programs a run tries, and from which seed: TSTRACE_FUZZ and TSTRACE_FUZZ_SEED, or a few and always the same. The
 * title of the test says both.
 * @param share of TSTRACE_FUZZ, where each program takes long
 */
export function fuzzing(usual: number, share = 1): {numRuns: number; seed: number; title: string} {
  const asked = process.env['TSTRACE_FUZZ']
  const numRuns = asked === undefined ? usual : Math.ceil(Number(asked) * share)
  const seed = Number(process.env['TSTRACE_FUZZ_SEED'] ?? 1)
  return {numRuns, seed, title: `${numRuns} programs, seed ${seed}`}
}
