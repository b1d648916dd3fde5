import {spawn, spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {constants, tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {UsageError} from '../errors.js'
import {isIt} from '../near.js'
import {which} from '../which.js'

const extension = '.8.md'

/** What the page of a tool is called where it is installed, beside those of other packages: `man tstrace-opensnoop`. */
export function installedName(page: string): string {
  return page === 'tstrace' ? page : `tstrace-${page}`
}

/**
 * Shows the page of a tool without its being installed: with man-db or mandoc, whichever is there, else as
 * its Markdown.
 *
 * @param packages the folders of tstrace and its plugins, whose pages are in `man`
 * @returns the exit code of what showed it
 * @throws UsageError if there is no such page
 */
export function showPage(name: string, packages: readonly string[]): Promise<number> {
  const folders = packages.map((folder) => join(folder, 'man'))
  const names = folders.flatMap(pagesIn)
  const folder = folders.find((candidate) => pagesIn(candidate).includes(name))
  if (folder === undefined) {
    throw new UsageError(`there is no page '${name}'`, {
      hint: isIt(name, names) ?? `there are ${names.sort().join(', ')}`,
    })
  }
  const built = join(folder, `${installedName(name)}.8`)
  const source = join(folder, name + extension)
  if (!existsSync(built)) return write(asText(readFileSync(source, 'utf8')))
  return showRoff(built, () => asText(readFileSync(source, 'utf8')))
}

/**
 * Shows a page that is not built.
 *
 * @param markdown in the form of the files in `man`
 * @returns the exit code of what showed it
 */
export async function showMarkdown(name: string, markdown: string, version: string): Promise<number> {
  const {markdownToRoff} = await import('../page/roff.js')
  const folder = mkdtempSync(join(tmpdir(), 'tstrace-man-'))
  try {
    const built = join(folder, `${installedName(name)}.8`)
    writeFileSync(built, markdownToRoff(markdown, {name: installedName(name), section: 8, version}))
    return await showRoff(built, () => asText(markdown))
  } finally {
    rmSync(folder, {recursive: true})
  }
}

/** Shows a built page. @param text the same for a machine that cannot */
async function showRoff(built: string, text: () => string): Promise<number> {
  const man = which('man')
  // Small systems have a `man` that only says how to get the real one, or that knows no -l.
  if (man !== undefined && outputOf(man, ['--version']).startsWith('man ')) return show(man, ['-l', built])
  const mandoc = which('mandoc')
  if (mandoc === undefined) return write(text())
  const pager = process.stdout.isTTY ? pagerForMandoc() : undefined
  if (pager !== undefined) return show(mandoc, ['-a', built], {PAGER: pager})
  // It marks bold letters by typing them twice, which only a pager understands.
  return write(outputOf(mandoc, [built]).replace(/.\x08/gu, ''))
}

/** The pager that is asked for or there: mandoc itself looks for `more` only. */
function pagerForMandoc(): string | undefined {
  return process.env['PAGER'] ?? ['pager', 'less', 'more'].find((name) => which(name) !== undefined)
}

function outputOf(program: string, args: readonly string[]): string {
  const {stdout, error} = spawnSync(program, args, {encoding: 'utf8'})
  if (error !== undefined) throw error
  return stdout
}

/** The Markdown of a page, without the comments, which are for the scripts. */
function asText(markdown: string): string {
  return markdown.replace(/^<!--.*-->\n+/gm, '')
}

function pagesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((file) => (file.endsWith(extension) ? [basename(file, extension)] : []))
}

async function show(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  // Ctrl-C is for the pager, which decides itself what it means.
  const ignore = (): void => {}
  process.on('SIGINT', ignore)
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(program, args, {stdio: 'inherit', env: {...process.env, ...environment}})
      child.on('error', reject)
      child.on('exit', (code, signal) => {
        // Who closes the pipe has seen enough.
        if (signal === 'SIGPIPE') resolve(0)
        else resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
      })
    })
  } finally {
    process.off('SIGINT', ignore)
  }
}

function write(text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') resolve(0)
      else reject(error)
    })
    process.stdout.write(text, (error) => {
      if (!error) resolve(0)
    })
  })
}
