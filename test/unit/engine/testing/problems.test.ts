import assert from 'node:assert/strict'
import killsnoop from '#src/commands/killsnoop.js'
import {type ToolDefinition, toolMark} from '#src/engine/definition.js'
import {draftPage} from '#src/engine/page/draft.js'
import {problemsOf} from '#src/engine/testing/problems.js'

const good = killsnoop[toolMark]
const flag = (name: string, more: object): Partial<ToolDefinition> => ({
  flags: {...good.flags, [name]: {...good.flags['failed'], ...more}} as ToolDefinition['flags'],
})

describe('problemsOf', () => {
  it('finds none in a tool of ours and the page that is made of it', () => {
    assert.deepEqual(problemsOf('killsnoop', good, draftPage('killsnoop', good)), [])
  })

  const broken: Readonly<Record<string, Partial<ToolDefinition>>> = {
    'summary: still to be written': {summary: 'TODO: what?.'},
    "summary: 'count things' is no sentence": {summary: 'count things'},
    'examples: there is none': {examples: []},
    'flags: several have the letter -p': flag('other', {char: 'p'}),
    '--other: -h is for help and version': flag('other', {char: 'h'}),
    '--limit: a filter or the engine has a flag of that name': flag('limit', {char: 'l'}),
    'letters: the engine has no flag --other': {letters: {other: 'o'}},
    'column BAD: its name is not in snake_case': {
      columns: {...good.columns, BAD: good.columns['pid'] as NonNullable<(typeof good.columns)[string]>},
    },
    'show: no column is shown': {show: () => []},
    'show: there is no column nix to show': {show: () => ['nix']},
    'sources: several are named tracepoint': {sources: [good.sources[0], good.sources[0]]},
  }
  for (const [problem, change] of Object.entries(broken)) {
    it(problem, () => assert.ok(problemsOf('x', {...good, ...change}).includes(problem)))
  }

  it('looks at the page, too', () => {
    const page = draftPage('killsnoop', good)
    const problems = (changed: string): string[] => problemsOf('killsnoop', good, changed)
    assert.deepEqual(problems(page.replace('## OVERHEAD', '## COST')), ['page: there is no section OVERHEAD'])
    assert.deepEqual(problems(page.replace('**--tpid**', '**--nix**')), [
      'page: it is older than the definition: build again',
    ])
    assert.deepEqual(problems(page.replace('**tracepoint**', 'it')), [
      'page: it does not say what tracepoint requires',
    ])
    assert.deepEqual(problems(page.replace('## SEE ALSO\n', '## SEE ALSO\n\nTODO')), [
      'page: still to be written',
    ])
  })
})
