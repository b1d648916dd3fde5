import {toolGroups} from '../definition.js'
import type {CommandView} from './command.js'
import {page, prose, section, terms, widest} from './layout.js'

const examples: readonly (readonly [string, string])[] = [
  ['tstrace opensnoop -x -d 10', 'failed opens in the next ten seconds'],
  ['tstrace execsnoop -- make', 'what a command runs'],
  ["tstrace funccount -d 1 't:sched:*'", 'how often the scheduler does what'],
  ['tstrace doctor', 'what this machine can do'],
]

/** The help of tstrace itself: the tools by what they look at, then all other commands. */
export function rootHelp(description: string, commands: readonly CommandView[]): string {
  const own = commands.filter(({id}) => !id.includes(':')).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const row = ({id, summary, description: text = ''}: CommandView): readonly [string, string] => [
    id,
    (summary ?? text.split('\n')[0] ?? '').replaceAll('<%= config.bin %>', 'tstrace'),
  ]
  const room = widest(own.map(row))
  const list = (heading: string, members: readonly CommandView[]): string | undefined =>
    section(heading, terms(members.map(row), room))
  const isIn = (group: string) => (command: CommandView) => groupOf(command) === group
  return page([
    prose(description).join('\n'),
    section('USAGE', ['tstrace TOOL [FLAGS] [-- COMMAND]']),
    ...Object.entries(toolGroups).map(([group, heading]) => list(heading, own.filter(isIn(group)))),
    list(
      'THIS TOOLKIT',
      own.filter((command) => groupOf(command) === undefined),
    ),
    section('EXAMPLES, as root', terms(examples)),
    'More: `tstrace TOOL -h` in short, `tstrace man TOOL` in full.',
  ])
}

/** A plugin's tool may name a group that this version does not know. */
function groupOf({tstrace: card}: CommandView): string | undefined {
  if (card === undefined) return undefined
  return card.group in toolGroups ? card.group : 'others'
}
