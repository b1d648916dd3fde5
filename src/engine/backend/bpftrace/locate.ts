import {spawnSync} from 'node:child_process'
import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {homedir} from 'node:os'
import {dirname, join} from 'node:path'
import {EngineError} from '../../errors.js'
import {isExecutable, which} from '../../which.js'
import {isSupported, oldestSupported} from './dialect.js'

export interface Installation {
  readonly path: string
  readonly version: string
}

/**
 * The bpftrace that will be used: `TSTRACE_BPFTRACE`, or the one in PATH.
 *
 * @throws EngineError if there is none, it does not run, or it is too old.
 */
export function locateBpftrace(): Installation {
  const wanted = process.env['TSTRACE_BPFTRACE']
  const path = wanted ?? which('bpftrace')
  if (path === undefined) {
    throw new EngineError('bpftrace is not installed (looked in PATH)', {
      hint: 'install it as root with the package manager of your system: apt-get install bpftrace',
    })
  }
  if (!isExecutable(path)) {
    throw new EngineError(`TSTRACE_BPFTRACE names ${path}, which is not a program`, {
      hint: 'set it to the path of a bpftrace, or leave it unset',
    })
  }
  const version = versionOf(path)
  if (!isSupported(version)) {
    throw new EngineError(`bpftrace ${version} at ${path} is too old`, {
      hint: `tstrace needs bpftrace ${oldestSupported} or newer; TSTRACE_BPFTRACE can name another one`,
    })
  }
  return {path, version}
}

/** Asking takes 35 ms, so the answer is remembered for as long as the file stays the same. */
function versionOf(path: string): string {
  const {mtimeMs, size} = statSync(path)
  const key = `${path} ${mtimeMs} ${size}`
  const cache = join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'tstrace',
    'bpftrace-version',
  )
  const [knownKey, known] = readLines(cache)
  if (knownKey === key && known !== undefined && /^\d+\.\d+/.test(known)) return known

  const {stdout, stderr, error, signal, status} = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  const version = /^bpftrace v?(\d+\.\d+[\w.-]*)/m.exec(stdout)?.[1]
  if (version === undefined) {
    const outcome = error?.message ?? (signal === null ? `exit code ${status}` : `signal ${signal}`)
    throw new EngineError(`asked ${path} for its version and got none (${outcome})`, {
      context: stderr.split('\n').filter(Boolean).slice(0, 5),
      hint: 'reinstall bpftrace, or name another one in TSTRACE_BPFTRACE',
    })
  }
  try {
    mkdirSync(dirname(cache), {recursive: true})
    writeFileSync(cache, `${key}\n${version}\n`)
  } catch {
    // A cache that cannot be written costs 35 ms a run and nothing else.
  }
  return version
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}
