import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {root} from '../../scripts/root.js'

/**
 * What may be in the packages. A file that is not named here does not belong to them: neither sources nor tests, nor
 * what a build left behind.
 */

/** In bytes. What makes a package bigger than this should be looked at. */
export const sizes = {tarball: 750_000, deb: 4_000_000}

/** The files of the tarball, sorted. */
export function tarballFiles(): string[] {
  // The build begins with an empty dist/.
  const bundled = readdirSync(join(root, 'dist'), {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.js'))
    .map((file) => `dist/${file}`)
  const types = readdirSync(join(root, 'src'), {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `dist/${file.replace(/\.ts$/, '.d.ts')}`)
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md']
  const templates = readdirSync(join(root, 'templates'), {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.txt'))
    .map((file) => `templates/${file}`)
  const others = ['bin/run.js', 'npm-shrinkwrap.json', 'oclif.manifest.json', 'package.json']
  return [
    ...documents,
    ...others,
    ...templates,
    ...bundled,
    ...types,
    ...pages().flatMap((page) => [page.source, page.built]),
  ].sort()
}

/** The man pages, by the names of their files in the tarball and once they are installed. */
export function pages(): {source: string; built: string; installed: string}[] {
  return readdirSync(join(root, 'man'))
    .filter((file) => file.endsWith('.8.md'))
    .map((file) => {
      const name = file.replace(/\.md$/, '')
      const installed = name === 'tstrace.8' ? name : `tstrace-${name}`
      return {source: `man/${file}`, built: `man/${installed}`, installed}
    })
}

/** Documents that the Debian package has elsewhere, or does not need. */
const notInDeb = ['CHANGELOG.md', 'LICENSE', 'README.md', 'npm-shrinkwrap.json']

/** The files and links of the Debian package, sorted, without those of the npm packages that it brings. */
export function debFiles(): string[] {
  const library = tarballFiles().filter((file) => !notInDeb.includes(file))
  const documents = ['README.md', 'changelog.Debian.gz', 'changelog.gz', 'copyright']
  const completions = readdirSync(join(root, 'src/commands')).includes('completion.ts')
    ? [
        'bash-completion/completions/tstrace',
        'zsh/vendor-completions/_tstrace',
        'fish/vendor_completions.d/tstrace.fish',
      ]
    : []
  return [
    ...library.map((file) => `usr/lib/tstrace/${file}`),
    ...documents.map((file) => `usr/share/doc/tstrace/${file}`),
    ...pages().map(({installed}) => `usr/share/man/man8/${installed}.gz`),
    ...completions.map((file) => `usr/share/${file}`),
    ...['usr/bin/tstrace', 'usr/share/lintian/overrides/tstrace'],
  ].sort()
}

/** What of an npm package may be in the Debian package: what Node loads, and its licence. */
export const bundledFile = /\.([cm]?js|json|node)$|\/(licen[cs]e|copying|notice)[^/]*$/i

/** The folders of the npm packages that tstrace needs to run, as the lock file has them. */
export function neededPackages(): string[] {
  const {packages} = JSON.parse(readFileSync(join(root, 'npm-shrinkwrap.json'), 'utf8')) as {
    packages: Record<string, {dev?: boolean}>
  }
  return Object.entries(packages).flatMap(([folder, {dev}]) =>
    folder === '' || dev === true ? [] : [folder],
  )
}
