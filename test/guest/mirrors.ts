import {readFile, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {GuestError} from './host.js'

interface Source {
  uris: string[]
  suites: string[]
  components: string[]
  signedBy: string
}

const RELEASES = /^(stretch|buster|bullseye|bookworm|trixie|forky|duke|sid|(old)*stable|testing|unstable)$/

/**
 * Debian mirrors this machine's apt uses, likeliest first. They are only asked, never trusted: apt checks what they
 * send against Debian's own keys. So another vendor's archive that looks alike costs one failed try.
 */
export async function mirrors(folder = '/etc/apt'): Promise<string[]> {
  const own = process.env['TSTRACE_DEBIAN_MIRROR']
  if (own) return [own]
  const sources = (await sourceFiles(folder)).flatMap(({name, text}) =>
    name.endsWith('.sources') ? parseStanzas(text) : parseLines(text),
  )
  const debian = sources.filter(
    ({suites, components}) => components.includes('main') && suites.some((suite) => RELEASES.test(suite)),
  )
  const rank = ({signedBy, uris}: Source) =>
    signedBy.includes('debian-archive') ? 0 : uris.some((uri) => /debian/.test(uri)) ? 1 : 2
  const found = debian.sort((a, b) => rank(a) - rank(b)).flatMap(({uris}) => uris)
  if (found.length > 0) return [...new Set(found)]
  throw new GuestError(
    `no Debian mirror among the ${sources.length} apt sources of this machine (${folder})`,
    'on a system other than Debian, name one: TSTRACE_DEBIAN_MIRROR=http://.../debian',
  )
}

async function sourceFiles(folder: string): Promise<{name: string; text: string}[]> {
  const parts = join(folder, 'sources.list.d')
  const names = await readdir(parts).catch(() => [])
  const files = names.filter((name) => /\.(sources|list)$/.test(name)).map((name) => join(parts, name))
  const read = [join(folder, 'sources.list'), ...files.sort()].map(async (name) => ({
    name,
    text: await readFile(name, 'utf8').catch(() => ''),
  }))
  return Promise.all(read)
}

/** deb822: stanzas of `Field: value`, continued on lines that begin with a space. */
function parseStanzas(text: string): Source[] {
  const uncommented = text.replace(/^#.*\n?/gm, '')
  return uncommented.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map(
      stanza.split(/\n(?=\S)/).map((field) => {
        const colon = field.indexOf(':')
        return [field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim()]
      }),
    )
    const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean)
    if (!words('types').includes('deb') || /^(no|false|0)$/i.test(fields.get('enabled') ?? '')) return []
    const signedBy = fields.get('signed-by') ?? ''
    return [{uris: words('uris'), suites: words('suites'), components: words('components'), signedBy}]
  })
}

/** One line each: `deb [options] URI SUITE COMPONENT...`. */
function parseLines(text: string): Source[] {
  return [...text.matchAll(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)([^#\n]*)/gm)].map(
    ([, options = '', uri = '', suite = '', components = '']) => ({
      uris: [uri],
      suites: [suite],
      components: components.split(/\s+/).filter(Boolean),
      signedBy: options,
    }),
  )
}
