/**
 * How many programs a run tries, and from which seed: TSTRACE_FUZZ and TSTRACE_FUZZ_SEED, or a few and always the same. The
 * title of the test says both.
 */
export function fuzzing(usual: number): {numRuns: number; seed: number; title: string} {
  const numRuns = Number(process.env['TSTRACE_FUZZ'] ?? usual)
  const seed = Number(process.env['TSTRACE_FUZZ_SEED'] ?? 1)
  return {numRuns, seed, title: `${numRuns} programs, seed ${seed}`}
}
