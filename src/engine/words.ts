/** Words for the user, on stderr: stdout carries data only. Each warning is said once. */
export class Words {
  readonly #said = new Set<string>()
  readonly #quiet: boolean
  readonly #verbose: boolean

  constructor({quiet, verbose}: {quiet: boolean; verbose: boolean}) {
    this.#quiet = quiet
    this.#verbose = verbose
  }

  /** What must be known whatever the user asked to hear. */
  important(text: string): void {
    process.stderr.write(`tstrace: ${text}\n`)
  }

  /** What another program wrote on its stderr, as it is. */
  pass(bytes: Uint8Array): void {
    process.stderr.write(bytes)
  }

  hint(text: string): void {
    if (this.#said.has(text)) return
    this.#said.add(text)
    process.stderr.write(`HINT: ${text}\n`)
  }

  /** @returns whether it was new */
  warn(text: string): boolean {
    if (this.#said.has(text)) return false
    this.#said.add(text)
    if (!this.#quiet) this.important(text)
    return true
  }

  /** What people like to read and programs do without. */
  say(text: string): void {
    if (!this.#quiet) process.stderr.write(`${text}\n`)
  }

  detail(text: string): void {
    if (this.#verbose) this.important(text)
  }
}
