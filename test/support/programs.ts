import {readdirSync, readFileSync} from 'node:fs'

/** A program of ours as a file of this repository. */
export interface ProgramFile {
  /** `opensnoop/plain.tracepoint.bt`, `scripts-bt/opensnoop.bt`. */
  readonly name: string
  readonly text: string
}

/** The golden programs of every tool, and those that plain bpftrace runs. */
export function programFiles(): ProgramFile[] {
  const inFolder = (folder: string, prefix: string): ProgramFile[] =>
    readdirSync(folder, {recursive: true, encoding: 'utf8'})
      .filter((name) => name.endsWith('.bt'))
      .sort()
      .map((name) => ({name: prefix + name, text: readFileSync(`${folder}/${name}`, 'utf8')}))
  return [...inFolder('test/golden', ''), ...inFolder('scripts-bt', 'scripts-bt/')]
}
