import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {comparisons} from '../test/differential/scripts.js'
import {scripts, type ShippedScript, testedVersions} from '../test/scripts.js'
import {root} from './root.js'

/** The path of the list, from the root. */
export const scriptsPath = join('test', 'SCRIPTS.md')

const introduction = `# Scripts of bpftrace

Every script that comes with Debian's bpftrace 0.17 (Debian 12) and 0.23 (Debian 13), on the embedded engine. Each
compiles, loads and is attached on every kernel that has what it probes; where something is missing, it is refused with
the line or the name of what that is. bpftrace does not run it there either, unless it leaves out what is missing:
\`test/runtime/scripts.test.ts\`, on this machine and in the guests. What is compared with what bpftrace prints: \`test/differential/scripts.test.ts\`, both engines
at the same time beside the same work. Made from \`test/scripts.ts\` and \`test/differential/scripts.ts\` by \`npm run pages\`.

| script | of | loads, unless | compared | needs |
| --- | --- | --- | --- | --- |
`

/** The list, as Markdown. */
export function renderScripts(): string {
  return introduction + Object.entries(scripts).map(row).join('')
}

function row([name, {of = testedVersions, lacks}]: [string, ShippedScript]): string {
  const comparison = comparisons[name]
  const cells = [
    `\`${name}\``,
    of.join(', '),
    lacks === undefined ? '' : unless(lacks),
    comparison?.what ?? '',
    comparison?.needs?.what ?? '',
  ]
  return `| ${cells.join(' | ')} |\n`
}

function unless({where, of, silent}: NonNullable<ShippedScript['lacks']>): string {
  const whose = of === undefined ? '' : `${of.join(', ')}: `
  const also = silent === undefined ? '' : `; bpftrace ${silent} leaves the probe out without a word`
  return `${whose}${where}${also}`
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(root, scriptsPath), renderScripts())
