import {execFileSync} from 'node:child_process'
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'

/** What `npm pack` makes of the example, compiled with the compiler of this repository. */
export function packExample(folder: string): string {
  const work = join(folder, 'tstrace-plugin-synccount')
  const files = ['package.json', 'tsconfig.json', 'src', 'man']
  mkdirSync(join(work, 'node_modules'), {recursive: true})
  for (const file of files)
    execFileSync('cp', ['-r', join(root, 'examples', 'tstrace-plugin-synccount', file), work])
  for (const name of ['typescript', '@types'])
    execFileSync('ln', ['-s', join(root, 'node_modules', name), join(work, 'node_modules', name)])
  execFileSync('ln', ['-s', root, join(work, 'node_modules', 'tstrace')])
  const options = {cwd: work, encoding: 'utf8', stdio: 'pipe'} as const
  execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc')], options)
  execFileSync(process.execPath, [join(root, 'bin', 'run.js'), 'prepare-plugin'], options)
  return join(work, execFileSync('npm', ['pack', '--silent', '--ignore-scripts'], options).trim())
}
