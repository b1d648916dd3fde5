import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {installedName} from '#src/engine/help/man.js'
import {markdownToRoff} from '#src/engine/page/roff.js'
import {root} from './root.js'

/** Builds every page, `man/tstrace-X.8` from `man/X.8.md`, and removes those whose source is gone. */
function main(): void {
  const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {version: string}
  const folder = join(root, 'man')
  for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.8'))) rmSync(join(folder, file))
  for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.8.md'))) {
    const name = installedName(basename(file, '.8.md'))
    const roff = markdownToRoff(readFileSync(join(folder, file), 'utf8'), {name, section: 8, version})
    writeFileSync(join(folder, `${name}.8`), roff)
  }
}

if (process.argv[1] === import.meta.filename) main()
