import {copyFile, mkdir, realpath, writeFile} from 'node:fs/promises'
import {dirname, join, relative} from 'node:path'
import {GuestError, projectFolder} from './host.js'
import {engineOf, type Pair} from './pairs.js'

/** What the guest shall do. */
export interface Job {
  pair: Pair
  command: string[]
  /** Whether the kernel's headers are there; most machines have none, and only BCC needs them. */
  headers: boolean
  /** On the terminal: one stream, its size and its kind are the host's. */
  shell: boolean
}

/** Folders the host lends for a job; the guest sees them read-only. */
export interface JobFolders {
  project: string
  /** The installation prefix of the running node: `bin/node`, and `lib/node_modules` for npm. */
  node: string
  job: string
}

const PASSED = /^(TSTRACE_.*|CI|UPDATE_GOLDEN)$/

/** Writes the job down in `folder`, as shell text that init.sh, stage2.sh and the command's shell read. */
export async function writeJob(job: Job, folder: string): Promise<JobFolders> {
  const project = projectFolder()
  await mkdir(folder)
  await copyFile(join(project, 'test/guest/stage2.sh'), join(folder, 'stage2.sh'))
  const settings = {
    PROJECT: project,
    HEADERS: job.headers ? 'yes' : '',
    TERMINAL: job.shell ? terminalSize() : '',
  }
  await writeFile(join(folder, 'settings'), assignments(settings))
  await writeFile(join(folder, 'command.sh'), commandScript(job, project))
  return {project, node: dirname(dirname(await realpath(process.execPath))), job: folder}
}

function commandScript(job: Job, project: string): string {
  const passed = Object.entries(process.env).filter(([name]) => PASSED.test(name))
  const environment: NodeJS.ProcessEnv = {
    TSTRACE_ENGINE: engineOf(job.pair),
    ...Object.fromEntries(passed),
    TSTRACE_GUEST: job.pair.name,
  }
  if (job.shell) environment['TERM'] = process.env['TERM'] ?? 'linux'
  const path = join(project, 'node_modules/.bin')
  return `unset PROJECT HEADERS TERMINAL
set -a
${assignments(environment)}PATH="$PATH":${quote(path)}
set +a
cd ${quote(workingFolder(project))} || exit 125
exec ${job.command.map(quote).join(' ')}
`
}

/** The host's working directory, if the guest has it. */
function workingFolder(project: string): string {
  return relative(project, process.cwd()).startsWith('..') ? project : process.cwd()
}

function terminalSize(): string {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new GuestError('--shell needs a terminal')
  return `rows ${process.stdout.rows} cols ${process.stdout.columns}`
}

function assignments(values: NodeJS.ProcessEnv): string {
  return Object.entries(values)
    .map(([name, value = '']) => `${name}=${quote(value)}\n`)
    .join('')
}

/** A word of shell text that means exactly `text`. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
