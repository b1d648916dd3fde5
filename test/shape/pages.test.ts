import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {allFlags} from '#src/engine/define.js'
import type {ToolDefinition} from '#src/engine/definition.js'
import {exitCodes} from '#src/engine/errors.js'
import {markdownToRoff} from '#src/engine/page/roff.js'
import {added, type Figure, figuresFile, readFigures} from '../../scripts/overhead.js'
import {pagePath, renderMainPage, renderOwnPage, withPages} from '../../scripts/pages.js'
import {referencePrograms} from '../../scripts/reference.js'
import {root} from '../../scripts/root.js'
import {loadTools} from '../../scripts/tools.js'
import {skipWithout} from '../support/skip.js'

const sections = [
  ...['NAME', 'SYNOPSIS', 'DESCRIPTION', 'REQUIREMENTS', 'OPTIONS', 'EXAMPLES', 'FIELDS', 'OVERHEAD'],
  ...['DIFFERENCES FROM BCC', 'EXIT STATUS', 'SEE ALSO'],
]
/** Sections that one tool has on top, by what they stand after. */
const ownSections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  argdist: {OPTIONS: 'SPECIFIERS'},
}
const refresh = 'run `npm run pages`'
const tools = await loadTools()
const figures = readFigures(figuresFile)
/** Microseconds as people say them: whole ones from ten on, else one digit. */
const rounded = (figure: Figure): number => {
  const micros = added(figure) / 1000
  return micros >= 10 ? Math.round(micros) : Number(micros.toPrecision(1))
}
/** The commands of this package that are no tools. */
const otherCommands = Object.values(
  (
    JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
      commands: Record<string, {id: string; args: object; flags: Record<string, {char?: string}>}>
    }
  ).commands,
).filter(({id}) => !tools.has(id))

describe('man pages', () => {
  for (const [name, tool] of tools) {
    describe(name, () => {
      const page = readFileSync(join(root, pagePath(name)), 'utf8')

      it('is up to date with the definition', () => {
        assert.equal(page, renderOwnPage(page, name, tool), refresh)
      })

      it('has all sections, in order', () => {
        const own = ownSections[name] ?? {}
        assert.deepEqual(
          headings(page),
          sections.flatMap((heading) => [heading, ...(own[heading] === undefined ? [] : [own[heading]])]),
        )
      })

      it('names the tool and says what it is for', () => {
        assert.match(section(page, 'NAME'), new RegExp(`^tstrace-${name} - \\S`))
        for (const {name: source} of tool.sources)
          assert.ok(section(page, 'REQUIREMENTS').includes(`**${source}**`), `no requirements of ${source}`)
      })

      it('has measured figures of what it costs, and names no others in its line about it', () => {
        const own = figures.filter((figure) => figure.tool === name)
        assert.ok(own.length > 0, 'bench/overhead.ts has no figures of it')
        assert.match(section(page, 'OVERHEAD').split('### Measured')[1] ?? '', / At worst, .*\d/)
        // Times of an emulated machine say nothing.
        const known = new Set(own.filter(({emulated}) => emulated !== true).map(rounded))
        const named = /((?:[\d.]+ to )?[\d.]+) microseconds.*?(?:up to ([\d.]+)|$)/.exec(tool.overhead.cost)
        for (const number of [...(named?.[1]?.split(' to ') ?? []), ...(named?.[2] ? [named[2]] : [])])
          assert.ok(known.has(Number(number)), `${number} of '${tool.overhead.cost}' was not measured`)
      })

      it('explains every flag, and no other', () => {
        const options = section(page, 'OPTIONS')
        for (const [long, {char, position, value}] of Object.entries(allFlags(tool))) {
          const term = position === undefined ? `**--${long}**` : `_${value}_`
          assert.ok(options.includes(term), `${term} is missing`)
          if (char !== undefined) assert.ok(options.includes(`**-${char}**`), `-${char} is missing`)
        }
        // What BCC has and we have not is named where the differences are.
        const ours = page.replace(section(page, 'DIFFERENCES FROM BCC'), '')
        const known = knownFlags(tool)
        assert.deepEqual(
          namedFlags(ours, name).filter((flag) => !known.has(flag)),
          [],
        )
      })

      it('says of every filter where it works', () => {
        const filters = section(page, 'OPTIONS').split('### Output')[0] ?? ''
        const where = /Filtered (in the kernel|by tstrace, not in the kernel)\.$/
        for (const [long, {group, position, selects}] of Object.entries(allFlags(tool))) {
          if (group !== 'filter' || position !== undefined) continue
          const [, text = ''] = filters.split(`**--${long}**`)
          const says = where.test((text.split('\n\n- ')[0] ?? '').trim())
          assert.equal(says, selects !== true, long)
        }
      })

      it('lists every exit code', () => {
        for (const code of [0, ...Object.values(exitCodes)])
          assert.ok(section(page, 'EXIT STATUS').includes(`- **${code}**`), `exit code ${code} is missing`)
      })

      checkForm(name, page)
    })
  }

  describe('of the example plugin', () => {
    const page = join(root, 'examples', 'tstrace-plugin-synccount', 'man', 'synccount.8.md')
    checkForm('synccount', readFileSync(page, 'utf8'))
  })

  it('are all installed', () => {
    const text = readFileSync(join(root, 'package.json'), 'utf8')
    assert.equal(text, withPages(text), refresh)
  })

  describe('tstrace', () => {
    const page = readFileSync(join(root, pagePath('tstrace')), 'utf8')

    it('is up to date with the flags that tools share', () =>
      assert.equal(page, renderMainPage(page), refresh))

    it('has all sections, in order', () => {
      assert.deepEqual(headings(page), [
        ...['NAME', 'SYNOPSIS', 'DESCRIPTION', 'REQUIREMENTS', 'OPTIONS', 'COMMON FLAGS', 'EXAMPLES'],
        ...['ENVIRONMENT', 'FILES', 'ENGINE', 'SECURITY', 'EXIT STATUS', 'SEE ALSO'],
      ])
    })

    it('names every command, every variable of the environment, and no flag that does not exist', () => {
      for (const {id} of otherCommands) assert.ok(page.includes(`**${id}**`), id)
      const variables = new Set(
        sourceTexts().flatMap((text) => text.match(/\bTSTRACE_(?!LAUNCHER)[A-Z_]+/g) ?? []),
      )
      assert.ok(variables.size > 1)
      for (const variable of variables) assert.ok(page.includes(`**${variable}**`), variable)
      const known = new Set(['--help', '-h', '--version', '-V'])
      for (const tool of tools.values()) for (const flag of knownFlags(tool)) known.add(flag)
      assert.deepEqual(
        namedFlags(page, '\\S+').filter((flag) => !known.has(flag)),
        [],
      )
    })

    it('lists every exit code', () => {
      for (const code of [0, ...Object.values(exitCodes)])
        assert.ok(section(page, 'EXIT STATUS').includes(`- **${code}**`), `exit code ${code} is missing`)
    })

    checkForm('tstrace', page)
  })

  for (const {id, flags, args} of otherCommands) {
    describe(id, () => {
      const page = readFileSync(join(root, pagePath(id)), 'utf8')

      it('has all sections, in order', () => {
        assert.deepEqual(headings(page), [
          ...['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXAMPLES', 'EXIT STATUS', 'SEE ALSO'],
        ])
      })

      it('explains every flag and argument, and no other', () => {
        const options = section(page, 'OPTIONS')
        const known = Object.entries(flags).flatMap(([flag, {char}]) => [
          `--${flag}`,
          ...(char === undefined ? [] : [`-${char}`]),
        ])
        for (const flag of known) assert.ok(options.includes(`**${flag}**`), flag)
        const terms = [...options.matchAll(/^- _(\w+)_/gm)]
        assert.equal(terms.length, Object.keys(args).length)
        assert.deepEqual(
          [...namedFlags(options, id), ...namedFlags(section(page, 'SYNOPSIS'), id)].filter(
            (flag) => !known.includes(flag),
          ),
          [],
        )
      })

      checkForm(id, page)
    })
  }

  it('are about something that exists', () => {
    const pages = readdirSync(join(root, 'man')).filter((file) => file.endsWith('.8.md'))
    const known = [...tools.keys(), ...otherCommands.map(({id}) => id), 'tstrace'].map(
      (name) => `${name}.8.md`,
    )
    assert.deepEqual(pages.sort(), known.sort())
  })
})

/** What is true of every page, whatever it is about. */
function checkForm(name: string, page: string): void {
  it('fits in 80 columns where lines are not filled', () => {
    const code = [...page.matchAll(/^```\n([^]*?)^```/gm)].flatMap(([, text = '']) => text.split('\n'))
    assert.deepEqual(
      // Histograms are as wide as BCC draws them.
      code.filter((line) => line.length > 71 && !line.endsWith('|')),
      [],
    )
  })

  it('becomes roff that mandoc has nothing to say about', function () {
    const text = markdownToRoff(page, {name, section: 8, version: '0.0.0'})
    assert.match(text, /^\.TH "/)
    skipWithout(this, 'mandoc', spawnSync('mandoc', ['-T', 'lint'], {input: ''}).error === undefined)
    const {stdout} = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], {input: text, encoding: 'utf8'})
    assert.equal(stdout, '')
  })
}

function sourceTexts(): string[] {
  const sources = readdirSync(join(root, 'src'), {recursive: true, encoding: 'utf8'})
  const files = sources.filter((file) => file.endsWith('.ts')).map((file) => join(root, 'src', file))
  return [...files, join(root, 'scripts', 'setup.sh')].map((file) => readFileSync(file, 'utf8'))
}

describe('reference programs', () => {
  const programs = new Map([...tools].flatMap(([name, tool]) => [...referencePrograms(name, tool)]))

  for (const [path, program] of programs) {
    it(`${path} is up to date`, () => {
      assert.ok(existsSync(join(root, path)), refresh)
      assert.equal(readFileSync(join(root, path), 'utf8'), program, refresh)
    })
  }

  it('all have their tool', () => {
    const files = readdirSync(join(root, 'scripts-bt')).map((file) => join('scripts-bt', file))
    assert.deepEqual(files.sort(), [...programs.keys()].sort())
  })

  it('need no parameters', () => {
    for (const [path, program] of programs) assert.doesNotMatch(program, /\$\d/, path)
  })
})

function headings(page: string): string[] {
  return [...page.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading)
}

function section(page: string, heading: string): string {
  const part = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  assert.ok(part !== undefined, `there is no section ${heading}`)
  return part.slice(heading.length).trim()
}

function knownFlags(tool: ToolDefinition): Set<string> {
  return new Set(
    Object.entries(allFlags(tool)).flatMap(([long, {char}]) => [
      `--${long}`,
      ...(char === undefined ? [] : [`-${char}`]),
    ]),
  )
}

/** The flags a page names: in bold, as code, and on command lines of the tool up to what they run. */
function namedFlags(page: string, name: string): string[] {
  const inText = [...page.matchAll(/(?:\*\*|`)(--?[a-zA-Z][\w-]*)/g)].map(([, flag = '']) => flag)
  const lines = [...page.matchAll(new RegExp(`tstrace ${name}(?: (.*))?$`, 'gm'))].map(
    ([, rest = '']) => rest,
  )
  const typed = lines.flatMap((line) =>
    (line.split(/ -- | \| /)[0] ?? '').split(/[ [\]]/).filter((word) => /^--?[a-zA-Z]/.test(word)),
  )
  return [...inText, ...typed]
}
