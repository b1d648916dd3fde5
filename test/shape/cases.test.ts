import assert from 'node:assert/strict'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {casesPath, casesThatCount, renderCases} from '../../scripts/cases.js'
import {root} from '../../scripts/root.js'
import {loadTools} from '../../scripts/tools.js'
import {cases, type Shown} from '../cases.js'
import {type Titles, titlesIn} from '../support/titles.js'

const tools = await loadTools()
const counting = casesThatCount(tools)

const read = new Map<string, Titles>()
function titlesOf(file: string): Titles {
  const titles = read.get(file) ?? titlesIn(join(root, file))
  read.set(file, titles)
  return titles
}

/** Why this is no test, or nothing. */
function trouble({file, title, row}: Shown): string | undefined {
  if (!existsSync(join(root, file))) return `there is no ${file}`
  const {tests, others} = titlesOf(file)
  // A whole title may be the beginning of another.
  const whole = tests.filter((each) => each === title)
  const found = whole.length > 0 ? whole : tests.filter((each) => each.includes(title))
  if (found.length !== 1) return `${file} has ${found.length} tests '${title}'`
  if (row !== undefined && !others.includes(row)) return `${file} has no line '${row}' for '${title}'`
  return undefined
}

describe('cases', () => {
  it('are there', () => assert.ok((counting.get('opensnoop')?.length ?? 0) > 0))

  it('have each id once, with a letter for each tool', () => {
    const ids = Object.values(cases).flatMap((own) => own.map(({id}) => id))
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    )
    const letters = Object.values(cases).map((own) => new Set(own.map(({id}) => id.replace(/\d+$/, ''))))
    for (const each of letters) assert.match([...each].join(), /^[A-Z]$/)
    assert.equal(new Set(letters.flatMap((each) => [...each])).size, letters.length)
  })

  it(`are all in ${casesPath}, which is up to date`, () => {
    assert.equal(readFileSync(join(root, casesPath), 'utf8'), renderCases(tools), 'run `npm run pages`')
  })

  for (const [name, own] of counting) {
    it(`of ${name} all have tests, which are there`, () => {
      const troubles = own.flatMap(({id, tests, page}) =>
        tests.length === 0
          ? page !== undefined && pageOf(name).includes(page)
            ? []
            : [`${id} has no test`]
          : tests.flatMap((test) => {
              const words = trouble(test)
              return words === undefined ? [] : [`${id}: ${words}`]
            }),
      )
      assert.deepEqual(troubles, [])
    })
  }
})

function pageOf(name: string): string {
  return readFileSync(join(root, 'man', `${name}.8.md`), 'utf8')
}
