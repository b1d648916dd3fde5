import assert from 'node:assert/strict'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {root} from '../../scripts/root.js'
import {loadTools} from '../../scripts/tools.js'

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs')).flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : [])),
]
const tools = await loadTools()

/** All sources in one text, with what stands in the holes of templates taken out. */
function messages(): RegExp[] {
  const files = readdirSync(join(root, 'src'), {recursive: true, encoding: 'utf8'})
  const texts = files.flatMap((file) => {
    if (!file.endsWith('.ts')) return []
    const source = readFileSync(join(root, 'src', file), 'utf8')
    return [...source.matchAll(/`([^`\n]+)`|'((?:[^'\\\n]|\\.)+)'|"([^"\n]+)"/g)].map(
      ([, template, single, double]) => template ?? single ?? double ?? '',
    )
  })
  return texts
    .filter((text) => text.replace(/\$\{[^}]*\}/g, '').length > 12)
    .map(
      (text) =>
        new RegExp(
          `^${text
            .split(/\$\{[^}]*\}/)
            .map(quote)
            .join('.*')}$`,
        ),
    )
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

describe('documents', () => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), 'utf8')

    it(`${document} links to what is there`, () => {
      const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target)
      assert.deepEqual(
        targets.filter(
          (target) => !target.includes('://') && !existsSync(join(root, dirname(document), target)),
        ),
        [],
      )
    })

    it(`${document} names commands that exist`, () => {
      const commands = [...text.matchAll(/(?:^[#$] |`)(?:\S+=\S+ )*(?:\.\/)?tstrace ([a-z][\w-]*)/gm)].map(
        ([, name = '']) => name,
      )
      const folders = ['src/commands', 'examples/tstrace-plugin-synccount/src/commands']
      const others = folders.flatMap((folder) =>
        readdirSync(join(root, folder)).map((file) => file.replace('.ts', '')),
      )
      assert.deepEqual(
        commands.filter((name) => !tools.has(name) && ![...others, 'help', 'plugins'].includes(name)),
        [],
      )
    })
  }

  it('README.md has every tool in its table', () => {
    const table = readFileSync(join(root, 'README.md'), 'utf8')
    for (const name of tools.keys()) assert.ok(table.includes(`| \`${name}\` |`), name)
  })

  it('docs/troubleshooting.md quotes what tstrace says', () => {
    const text = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')
    const quoted = [...text.matchAll(/^(?:tstrace|HINT): (.*)$/gm)].map(([, line = '']) => line)
    assert.ok(quoted.length > 5)
    const known = messages()
    assert.deepEqual(
      quoted.filter((line) => !known.some((each) => each.test(line))),
      [],
    )
  })
})
