import type {Source, ToolDefinition} from '#src/engine/definition.js'
import {computed, int, pieces, text} from '#src/engine/event/column.js'
import {fullPath} from '#src/engine/event/path.js'
import type {RowContext} from '#src/engine/event/row.js'
import type {Text} from '#src/engine/event/text.js'
import {byPid} from '#src/engine/filters.js'
import {bt} from '#src/engine/program/bt.js'

/** Columns of every kind: a number, texts, a list in pieces, computed ones, one that nobody can ask for. */
export const sampleColumns = {
  pid: int(bt`pid`, 6, 'Process.', {align: 'left'}),
  size: int(bt`$size`, 5, 'Size.', {header: 'BYTES', inJson: true}),
  comm: text(bt`comm`, 8, 'Name.'),
  dirs: pieces(bt`$depth`, 'Directories.', {internal: true}),
  path: text(bt`str($path)`, 10, 'Path.'),
  double: computed(['size'], (row) => Number(row['size']) * 2, 4, 'Twice the size.'),
  quadruple: computed(['double'], (row) => Number(row['double']) * 2, 4, 'Four times the size.'),
  full: computed(
    ['path', 'dirs'],
    (row) => fullPath(row['path'] as Text, row['dirs'] as readonly Text[] | null, 32),
    10,
    'Full path.',
    {header: 'PATH'},
  ),
}

const source: Source = {
  name: 'kprobe',
  description: 'A function.',
  needs: ['kprobe:a'],
  program: ({filters, stamp, emit, emitPiece, sends}) => [
    {
      probes: ['kprobe:a', 'kprobe:b'],
      when: filters,
      body: bt`
        ${stamp}
        ${sends('dirs') && emitPiece('dirs', bt`str($name)`)}
        ${emit}`,
    },
  ],
}

export const sampleTool: ToolDefinition = {
  group: 'others',
  summary: 'A sample.',
  description: 'A sample of a tool.',
  examples: [],
  requirements: 'None.',
  overhead: {rate: 'none', cost: 'none'},
  flags: {},
  filters: [byPid],
  columns: sampleColumns,
  show: () => ['pid', 'size', 'path'],
  sources: [source],
}

/** A machine whose clock began on 9 September 2001 at 01:46:40 UTC, and where one user has a name. */
export const sampleContext: RowContext = {
  wallTime: (bootNs) => 1_000_000_000_000_000_000n + bootNs,
  sinceBegin: (bootNs) => bootNs,
  userName: (uid) => (uid === 7 ? 'seven' : null),
}
