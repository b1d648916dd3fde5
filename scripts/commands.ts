import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {type Plan, plans} from '../test/peers/shown.js'
import {root} from './root.js'

/** The path of the list, from the root. */
export const commandsPath = join('test', 'COMMANDS.md')

const introduction = `# Command lines of BCC's documents

Every command line for these tools in the example files and man pages of Debian's bpfcc-tools, and what it does when its
first word is \`tstrace\`. The test of the same name in \`test/runtime/shown.test.ts\` runs each beside a workload: on this
machine, or, where it needs kprobes, in a guest. Process ids, and functions and tracepoints that kernels of today
have under other names, are replaced. Made from \`test/peers/commands.json\` and \`test/peers/shown.ts\` by
\`npm run pages\`.

| command line | outcome | replaced | where |
| --- | --- | --- | --- |
`

/** The list, as Markdown. */
export function renderCommands(): string {
  return introduction + plans().map(row).join('')
}

function row({tool, args, outcome, changed, inKernel}: Plan): string {
  const command = `${tool} ${args}`.trim().replaceAll('|', '\\|')
  const code = command.includes('`') ? `\`\` ${command} \`\`` : `\`${command}\``
  return `| ${code} | ${outcome.says} | ${changed} | ${inKernel ? 'guest' : 'here'} |\n`
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(root, commandsPath), renderCommands())
