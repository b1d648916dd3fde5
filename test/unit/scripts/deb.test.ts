import assert from 'node:assert/strict'
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {bundledIn, prune} from '../../../scripts/deb/bundled.js'
import {changelog, control, copyright, dependencies, fileName} from '../../../scripts/deb/texts.js'
import {temporaryFolder} from '../../support/temporary.js'

const of = {version: '1.2.3-rc.1', architecture: 'amd64', maintainer: 'A B <a@b>', date: 1_600_000_000}

describe('Debian package', () => {
  it('has a version that sorts before the release that it leads to', () => {
    assert.equal(fileName(of), 'tstrace_1.2.3~rc.1-1_amd64.deb')
    assert.match(control(of, [], 1), /^Version: 1\.2\.3~rc\.1-1$/m)
  })

  it('depends on the node that package.json asks for', () => {
    assert.equal(dependencies('>=20.19')[0], 'nodejs (>= 20.19)')
  })

  it('has a changelog with the date of what it was built from', () => {
    assert.match(
      changelog(of),
      /^tstrace \(.*\) unstable; urgency=medium\n\n {2}\* .*\n\n -- A B <a@b> {2}Sun, 13 Sep 2020 12:26:40 \+0000\n$/,
    )
  })

  it('says whose each bundled package is, and keeps of them what Node loads', () => {
    const {path, remove} = temporaryFolder()
    try {
      const files = {
        'node_modules/.package-lock.json':
          '{"packages": {"node_modules/a": {}, "node_modules/a/node_modules/b": {}, "node_modules/other-cpu": {}}}',
        'node_modules/a/package.json': '{"version": "1.0.0", "license": "MIT", "author": {"name": "X"}}',
        'node_modules/a/LICENSE': 'MIT\n\nCopyright (c) 2020 Somebody\ncopyright notice\n',
        'node_modules/a/lib/index.js': '',
        'node_modules/a/lib/index.d.ts': '',
        'node_modules/a/test/index.js': '',
        'node_modules/a/src/a.cc': '',
        'node_modules/a/node_modules/b/package.json': '{"version": "2.0.0", "author": "Y"}',
      }
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(path, name)), {recursive: true})
        writeFileSync(join(path, name), content)
      }
      const bundled = bundledIn(path)
      assert.deepEqual(
        bundled.map(({folder, license, copyright: lines, file}) => [folder, license, lines, file]),
        [
          ['node_modules/a', 'MIT', ['Copyright (c) 2020 Somebody'], 'LICENSE'],
          ['node_modules/a/node_modules/b', 'unknown', ['Y'], undefined],
        ],
      )
      assert.match(
        copyright(bundled),
        /^Files: usr\/lib\/tstrace\/node_modules\/a\/\*\nCopyright: Copyright \(c\) 2020 Somebody\nLicense: MIT\n The text .* \/usr\/lib\/tstrace\/node_modules\/a\/LICENSE\.$/m,
      )
      prune(path, bundled)
      assert.deepEqual(
        readdirSync(path, {recursive: true, withFileTypes: true})
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
          .sort(),
        [
          'node_modules/a/LICENSE',
          'node_modules/a/lib/index.js',
          'node_modules/a/node_modules/b/package.json',
          'node_modules/a/package.json',
        ],
      )
    } finally {
      remove()
    }
  })
})
