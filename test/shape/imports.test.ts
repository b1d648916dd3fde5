import assert from 'node:assert/strict'
import {type Import, importsOf, loadedWith, sourceFiles, uses} from '../support/imports.js'

const files = sourceFiles()
const imports = files.flatMap(importsOf)
/** What the design lets nobody forget: one line each, as `a.ts -> b.ts`. */
const lines = (list: readonly Import[]): string[] => list.map(({from, to}) => `${from} -> ${to}`)
const within = (folder: string): Import[] => imports.filter(({from}) => from.startsWith(folder))
const nonTools = [
  'commands/completion.ts',
  'commands/doctor.ts',
  'commands/list.ts',
  'commands/man.ts',
  'commands/new-tool.ts',
  'commands/prepare-plugin.ts',
  'commands/run.ts',
]

describe('imports', () => {
  it('are read', () => {
    assert.ok(files.includes('engine/run.ts') && files.includes('commands/opensnoop.ts'))
    assert.ok(lines(imports).includes('engine/run.ts -> engine/stream.ts'))
    assert.ok(lines(imports).includes('engine/kernel/native.ts -> koffi'))
  })

  it('name files that are there', () => {
    assert.deepEqual(lines(imports.filter(({to, ours}) => ours && !files.includes(to))), [])
  })

  it('do not run in circles', () => {
    const next = new Map(
      files.map((file) => [
        file,
        imports.filter(({from, ours, typeOnly}) => from === file && ours && !typeOnly).map(({to}) => to),
      ]),
    )
    const done = new Set<string>()
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), `a circle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`)
      if (done.has(file)) return
      for (const to of next.get(file) ?? []) visit(to, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
  })

  it('of a tool are the door for tools', () => {
    const tools = within('commands/').filter(({from}) => !nonTools.includes(from))
    assert.ok(tools.length > 0)
    assert.deepEqual(lines(tools.filter(({to}) => to !== 'tool.ts')), [])
  })

  it('of the doors are re-exports', () => {
    for (const door of ['tool.ts', 'testing.ts']) {
      const own = within(door)
      assert.ok(own.length > 0 && own.every(({to}) => to.startsWith('engine/')), door)
    }
  })

  describe('of the parts of the engine', () => {
    /** What each folder may import besides itself; a folder ends with a slash. */
    const rules: Record<string, readonly string[]> = {
      'engine/program/': ['engine/errors.ts', 'engine/near.ts'],
      'engine/event/': ['engine/program/', 'engine/kernel/errno.ts', 'engine/errors.ts', 'engine/near.ts'],
      'engine/render/': ['engine/event/', 'engine/errors.ts'],
      'engine/backend/': [
        'engine/event/',
        'engine/errors.ts',
        'engine/which.ts',
        'engine/near.ts',
        'engine/engines.ts',
        // The compiler of the embedded engine asks for the types of C, its loader for the kernel's calls.
        'engine/program/',
        'engine/kernel/',
      ],
      'engine/kernel/': [
        'engine/errors.ts',
        'engine/near.ts',
        'engine/which.ts',
        // Whether a program can name what was found.
        'engine/program/probe.ts',
      ],
    }
    /** Types alone may come from these, too: they make no code. */
    const typeRules: Record<string, readonly string[]> = {
      'engine/kernel/': ['engine/event/row.ts', 'engine/event/stack.ts', 'engine/program/'],
    }

    for (const [folder, allowed] of Object.entries(rules)) {
      it(folder, () => {
        const own = within(folder).filter(({ours}) => ours)
        const may = ({to, typeOnly}: Import): boolean =>
          [folder, ...allowed, ...(typeOnly ? (typeRules[folder] ?? []) : [])].some(
            (target) => to === target || (target.endsWith('/') && to.startsWith(target)),
          )
        assert.ok(own.length > 0)
        assert.deepEqual(lines(own.filter((each) => !may(each))), [])
      })
    }

    it('program and event do no input or output', () => {
      const outside = [...within('engine/program/'), ...within('engine/event/')].filter(({ours}) => !ours)
      assert.deepEqual(lines(outside), [])
    })
  })

  describe('from outside have one owner', () => {
    const importers = (name: string): string[] => [
      ...new Set(imports.filter(({to}) => to === name).map(({from}) => from)),
    ]

    it('@oclif/core', () => {
      const ofOclif = imports.filter(({to}) => to.startsWith('@oclif/core'))
      assert.deepEqual([...new Set(ofOclif.map(({from}) => from))], ['engine/oclif.ts'])
      // The index would load all of it.
      assert.deepEqual(lines(ofOclif.filter(({to, typeOnly}) => to === '@oclif/core' && !typeOnly)), [])
    })

    it('node:child_process', () => {
      const others = importers('node:child_process').filter(
        (file) => !file.startsWith('engine/backend/bpftrace/'),
      )
      assert.deepEqual(others, [
        'engine/backend/embedded/print/shell.ts',
        'engine/command.ts',
        'engine/help/man.ts',
        'engine/testing/start.ts',
      ])
    })

    it('koffi', () => assert.deepEqual(importers('koffi'), ['engine/kernel/native.ts']))

    it('table', () => assert.deepEqual(importers('table'), ['engine/help/table.ts']))

    it('marked', () => assert.deepEqual(importers('marked'), ['engine/page/roff.ts']))

    it('no other package', () => {
      const packages = imports
        .filter(({to, ours, from}) => !ours && !to.startsWith('node:') && from !== 'engine/oclif.ts')
        .map(({to}) => to)
      assert.deepEqual([...new Set(packages)].sort(), ['koffi', 'marked', 'table'])
    })

    it('stdout', () => {
      assert.deepEqual(
        files.filter((file) => uses(file, 'process', 'stdout')),
        ['engine/help/man.ts', 'engine/render/output.ts', 'engine/run.ts'],
      )
    })

    it('stderr', () => {
      assert.deepEqual(
        files.filter((file) => uses(file, 'process', 'stderr')),
        ['engine/define.ts', 'engine/words.ts'],
      )
    })
  })

  it('of the completion load nothing heavy: people wait at a TAB', () => {
    const loaded = [...loadedWith('engine/complete/main.ts')]
    assert.ok(loaded.includes('engine/complete/complete.ts'))
    assert.deepEqual(
      loaded.filter((name) => !name.startsWith('node:') && !name.startsWith('engine/complete/')),
      [
        // They say whether there are plugins: then oclif is loaded, too.
        ...['engine/plugins/folder.ts', 'engine/errors.ts', 'engine/plugins/trust.ts'],
        'engine/root.ts',
      ],
    )
  })

  it('of a tool load nothing heavy: that comes when it is needed', () => {
    const heavy = ['koffi', 'table', 'marked', 'node:child_process']
    for (const tool of files.filter((file) => file.startsWith('commands/') && !nonTools.includes(file))) {
      const loaded = [...loadedWith(tool)]
      assert.ok(loaded.includes('engine/define.ts'))
      assert.deepEqual(
        loaded.filter(
          (name) => heavy.includes(name) || /^engine\/(backend|run|stream|doctor|help)\b/.test(name),
        ),
        [],
        tool,
      )
      // The names of the formats, and the loader of the binding, which loads it on first use.
      assert.deepEqual(
        loaded.filter((name) => name.startsWith('engine/render/')),
        ['engine/render/formats.ts'],
      )
    }
  })
})
