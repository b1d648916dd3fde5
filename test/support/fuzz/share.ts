/**
 * How many programs a run tries, and from which seed: TSTRACE_FUZZ and TSTRACE_FUZZ_SEED, or a few from a seed that is
 * said in the title of the test.
 */
export function fuzzing(usual: number): {numRuns: number; seed: number; title: string} {
  const numRuns = Number(process.env['TSTRACE_FUZZ'] ?? usual)
  const seed = Number(process.env['TSTRACE_FUZZ_SEED'] ?? Date.now() & 0x7fffffff)
  return {numRuns, seed, title: `${numRuns} programs, seed ${seed}`}
}
