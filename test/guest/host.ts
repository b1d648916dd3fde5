import {spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {createReadStream, existsSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {pipeline} from 'node:stream/promises'

/** A failure of the guest or of its preparation, never of the command inside. */
export class GuestError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
    /** As timeout(1): 124 says time is up, 125 that the command could not be run to its end. */
    readonly exitCode = 125,
  ) {
    super(message, options)
  }
}

/** The text for a user: what happened, then what to do. */
export function explain(error: unknown): string {
  if (!(error instanceof GuestError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  return error.hint === undefined ? error.message : `${error.message}\nHINT: ${error.hint}`
}

export const INSTALL_HINT = `install what test/guest/packages.txt lists, on Debian with:
      apt-get install --no-install-recommends $(sed 's/#.*//' test/guest/packages.txt)`

/** Runs a program to its end and returns its stdout; a failure names the command and quotes its last words. */
export async function run(command: string, args: string[], cwd?: string): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // sbin: depmod and modprobe are not on every user's PATH.
    env: {...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`},
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const shown = [command, ...args].join(' ')
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const missing = cause.code === 'ENOENT' && (cwd === undefined || existsSync(cwd))
      const what = missing
        ? `\`${command}\` is not on this machine`
        : `cannot start \`${shown}\`: ${cause.message}`
      reject(new GuestError(what, missing ? INSTALL_HINT : undefined, {cause}))
    })
    child.on('close', (...ending) => resolve(ending))
  })
  if (code === 0) return stdout
  const words = (stderr || stdout).trim().split('\n').slice(-15).join('\n')
  throw new GuestError(`\`${shown}\` ended with ${signal ?? `exit code ${String(code)}`}:\n${words}`)
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** The folder with this project's package.json: files that tsc does not copy are found from here. */
export function projectFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new GuestError(`no package.json above ${import.meta.dirname}`)
    folder = dirname(folder)
  }
  return folder
}

/** Progress goes to stderr: stdout belongs to the command in the guest. */
export function say(words: string): void {
  process.stderr.write(`guest: ${words}\n`)
}
