import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {differences} from '../test/differential/differences.js'
import {differing} from '../test/differential/differing.js'
import {forms} from '../test/differential/forms.js'
import {untried} from '../test/support/fuzz/tame.js'
import {root} from './root.js'

/** The path of the list, from the root. */
export const differencesPath = join('test', 'DIFFERENCES.md')

const introduction = `# Where the engines differ

All that the comparison of the embedded engine with bpftrace 0.17, 0.23 and 0.27 (\`test/differential\`) takes for
right, or for known, though it is not the same, and all that it does not look at. Made from the tables that the tests use by
\`npm run pages\`.
`

/** The list, as Markdown. */
export function renderDifferences(): string {
  return [
    introduction,
    section(
      'Programs that print something else',
      'Every other program of `test/differential/corpus.ts`, `newer.ts` and `functions.ts` prints the same with each. Of these, what the embedded engine prints is checked by itself (`differences.ts`).',
      ['program', 'bpftrace', 'the embedded engine prints', 'why that is right'],
      differences.map(({program, versions, own, proof, chance}) => [
        code(program),
        `${named(versions)}${chance === true ? ', mostly' : ''}`,
        code(own.source),
        proof,
      ]),
    ),
    section(
      'What of an output is left out, or brought to one form',
      'Of both outputs, before they are compared (`forms.ts`).',
      ['what', 'bpftrace', 'why'],
      forms.map(({what, versions, why}) => [what, versions === undefined ? 'each' : named(versions), why]),
    ),
    section(
      'What of golden programs is left out',
      'Both engines run them at the same time (`differing.ts`). Of every program: times, of which only what belongs to one event is compared, and the sign of numbers of 64 bits in keys, which bpftrace before 0.24 shows and the tools know.',
      ['programs', 'bpftrace', 'what', 'why'],
      Object.entries(differing).map(([name, {versions, what, why}]) => [
        code(name),
        versions === undefined ? 'each' : named(versions),
        what,
        why,
      ]),
    ),
    section(
      'What is not in programs made at random',
      'The others print the same with each (`test/support/fuzz/tame.ts`).',
      ['what', 'why'],
      untried.map(({what, why}) => [what, why]),
    ),
  ].join('\n')
}

function section(
  title: string,
  text: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`)
  return `## ${title}\n\n${text}\n\n${lines.join('')}`
}

/** As code in a cell of a table, where a bar would end it. */
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``

/** `/^0\.(17|23)\./` as `0.17, 0.23`. */
function named(versions: RegExp): string {
  return ['0.17', '0.23', '0.27'].filter((version) => versions.test(`${version}.0`)).join(', ')
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(root, differencesPath), renderDifferences())
