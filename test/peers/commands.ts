import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {gunzipSync} from 'node:zlib'

/** The tools that are ours too. */
const TOOLS = 'argdist execsnoop funccount killsnoop opensnoop profile stackcount tcpretrans vfsstat'.split(
  ' ',
)

/** A command line that BCC's documents show. */
export interface Shown {
  readonly tool: string
  /** What follows the tool's name, as typed into a shell. */
  readonly args: string
  /** The files that show it. */
  readonly from: readonly string[]
}

/**
 * The command lines in BCC's example files and man pages, each once.
 *
 * @param root a folder into which Debian's bpfcc-tools is unpacked, or `/`
 */
export function shownCommands(root: string): Shown[] {
  const found = new Map<string, {tool: string; args: string; from: string[]}>()
  for (const tool of TOOLS) {
    for (const {name, text} of documents(root, tool)) {
      for (const args of commandLines(text, tool)) {
        const shown = found.get(`${tool} ${args}`) ?? {tool, args, from: []}
        if (!shown.from.includes(name)) shown.from.push(name)
        found.set(`${tool} ${args}`, shown)
      }
    }
  }
  return [...found.values()]
}

function documents(root: string, tool: string): {name: string; text: string}[] {
  const examples = join(root, 'usr/share/doc/bpfcc-tools/examples/doc')
  const pages = join(root, 'usr/share/man/man8')
  const named = (folder: string, form: RegExp) =>
    readdirSync(folder)
      .filter((name) => form.test(name))
      .map((name) => ({name, bytes: readFileSync(join(folder, name))}))
  return [
    ...named(examples, new RegExp(`^${tool}_example\\.txt(\\.gz)?$`)).map(({name, bytes}) => ({
      name,
      text: plain(name, bytes),
    })),
    ...named(pages, new RegExp(`^${tool}-bpfcc\\.8(\\.gz)?$`)).map(({name, bytes}) => ({
      name: name.replace('.gz', ''),
      text: withoutRoff(plain(name, bytes)),
    })),
  ]
}

function plain(name: string, bytes: Buffer): string {
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** A command line in a page is bold, below a line with the prompt. */
function withoutRoff(page: string): string {
  return page
    .replace(/^#\n(\.B )?/gm, '# ')
    .replace(/\\\(aq/g, "'")
    .replace(/\\\(dq/g, '"')
    .replace(/\\-/g, '-')
    .replace(/\\[e\\]/g, '\\')
    .replace(/\\&/g, '')
}

/** Lines with a prompt or a path before the tool's name, or an option after it; prose has none of these. */
function commandLines(text: string, tool: string): string[] {
  const joined = text.replace(/\s*\\\n\s*/g, ' ')
  const before = String.raw`(?:[#$] *(?:\./)?|\./)`
  const name = String.raw`${tool}(?:\.py|-bpfcc)?`
  // A quoted argument may go on in the next line.
  const args = String.raw`(?:'[^']*'|"[^"]*"|[^'"\n])*`
  const form = new RegExp(`^ *(?:${before}${name}(?= |$)|${name}(?= +-[\\w-]))(${args})$`, 'gm')
  return [...joined.matchAll(form)].map(([, found = '']) => withoutComment(found).replace(/\s+/g, ' '))
}

/** Without a shell's comment: what follows a number sign that begins a word outside of quotes. */
function withoutComment(args: string): string {
  const [code = ''] = /^(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|(?<=\S)#|[^'"\\#])*/.exec(args) ?? []
  return code.trim()
}
