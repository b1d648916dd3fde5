/** Stands for the package `wsl-utils` in what is bundled: see bundle.ts. */
export const isWsl = false
