import {spawnSync} from 'node:child_process'
import {Running} from './processes.js'

const tab = '\t'
/** Bound by the start files of the tests to a function that shows the line as `<N:line>`, counting, and empties it. */
const mark = '\x07'

/** An interactive shell on a terminal of its own, which is typed at. */
export class Terminal {
  readonly #shell: Running
  #marks = 0

  private constructor(shell: Running) {
    this.#shell = shell
  }

  /** @param command the shell, as a command line for sh, whose start file prints `ready` at its end */
  static async start(command: string, env: NodeJS.ProcessEnv): Promise<Terminal> {
    // script(1) of util-linux makes the terminal.
    const shell = new Running('script', ['-qec', command, '/dev/null'], {
      env: {...env, TERM: 'dumb', COLUMNS: '200', LINES: '1000'},
    })
    await shell.until((stdout) => /^ready\r?$/m.test(stdout))
    return new Terminal(shell)
  }

  /** Types at the prompt and asks for the line: as it is then, and all that was shown meanwhile. */
  async type(text: string): Promise<{line: string; shown: string}> {
    const before = this.#shell.stdout.length
    const marked = new RegExp(`<${++this.#marks}:(.*)>\\r?\\n`)
    this.#shell.send(text + mark)
    await this.#shell.until((stdout) => marked.test(stdout))
    const shown = this.#shell.stdout.slice(before)
    return {line: marked.exec(shown)?.[1] ?? '', shown}
  }

  /** The line after TAB. */
  async completed(text: string): Promise<string> {
    return (await this.type(text + tab)).line
  }

  /**
   * What is shown when TAB is asked until all candidates are listed: bash wants it twice, after one that may have added
   * what they all begin with.
   */
  async listed(text: string): Promise<string> {
    return (await this.type(text + tab + tab + tab)).shown
  }

  async end(): Promise<void> {
    this.#shell.closeInput()
    this.#shell.signal('SIGTERM')
    await this.#shell.outcome
  }
}

/** Whether a program is there. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined
}
