import {GuestError} from './host.js'
import {pairs} from './pairs.js'

export const USAGE = `Runs a command as root in a Debian guest with a kernel of its own, in the same folder.

USAGE  npm run guest -- [OPTIONS] COMMAND [ARGUMENT...]
       npm run guest:shell [-- OPTIONS]

  --pair NAME        kernel and engine to use (default ${pairs[0].name})
  --timeout SECONDS  end the guest after so long (default 600, with --shell none)
  --verbose          show the guest's console on stderr
  --headers          put the kernel's headers where BCC looks for them
  --shell            an interactive shell on this terminal, or the command on it
  --list             show the pairs
  --prepare          download and build what the pair needs, boot nothing
  --help             show this

The guest sees the project and its own Debian release, not the rest of this machine. It may write everywhere; nothing
it writes is kept. Stdin is empty. The variables TSTRACE_*, CI and UPDATE_GOLDEN are passed on; TSTRACE_GUEST holds the
pair's name, and TSTRACE_ENGINE its engine unless you set it.
The exit code is the command's; 124 when time was up, 125 when the guest failed.`

export interface Options {
  action: 'run' | 'list' | 'prepare' | 'help'
  pair: string
  timeout: number
  verbose: boolean
  headers: boolean
  shell: boolean
  command: string[]
}

/** Options end at the first word that is none: the rest belongs to the command. */
export function parseOptions(argv: string[]): Options {
  const words = [...argv]
  const options: Options = {
    action: 'run',
    pair: pairs[0].name,
    timeout: argv.includes('--shell') ? 0 : 600,
    verbose: false,
    headers: false,
    shell: false,
    command: [],
  }
  while (words[0]?.startsWith('-')) {
    const [option = '', value] = (words.shift() ?? '').split(/=(.*)/s)
    const argument = () => value ?? words.shift() ?? fail(`${option} needs a value`)
    if (option === '--') break
    else if (option === '--pair') options.pair = argument()
    else if (option === '--timeout') options.timeout = seconds(argument())
    else if (option === '--verbose') options.verbose = true
    else if (option === '--headers') options.headers = true
    else if (option === '--shell') options.shell = true
    else if (option === '--list' || option === '--prepare' || option === '--help') {
      options.action = option === '--list' ? 'list' : option === '--prepare' ? 'prepare' : 'help'
    } else fail(`there is no option ${option}`)
  }
  options.command = words
  if (options.shell && words.length === 0) options.command = ['bash', '-l']
  if (options.action === 'run' && options.command.length === 0) fail('no command was given')
  return options
}

function seconds(text: string): number {
  const value = Number(text)
  return text !== '' && value >= 0 && value < 2e6 ? value : fail(`--timeout needs seconds, not '${text}'`)
}

function fail(what: string): never {
  throw new GuestError(what, '--help shows the options', undefined, 2)
}
