/** What a Debian package says of itself: control, copyright, changelog. Pure. */

/** The package to be built. */
export interface Package {
  /** As in package.json: `0.1.0`. */
  readonly version: string
  /** As Debian names it: `amd64`. */
  readonly architecture: string
  /** `NAME <ADDRESS>`. */
  readonly maintainer: string
  /** Seconds since 1970 of what it was built from. */
  readonly date: number
}

/** An npm package that is part of the Debian package. */
export interface Bundled {
  /** Its folder below that of tstrace, as `node_modules/koffi`. */
  readonly folder: string
  readonly version: string
  /** As its package.json has it: `MIT`. */
  readonly license: string
  /** Its lines that begin with `Copyright`, or its author. */
  readonly copyright: readonly string[]
  /** The file with the text of its licence, below its folder. */
  readonly file: string | undefined
}

/** Where the package puts what npm packs. */
export const home = 'usr/lib/tstrace'

/** What tstrace runs on. koffi's library asks for glibc 2.25. */
export function dependencies(nodeRange: string): string[] {
  return [`nodejs (>= ${nodeRange.replace('>=', '')})`, 'libc6 (>= 2.25)']
}

/** The control file. @param size of what is installed, in kilobytes */
export function control(of: Package, depends: readonly string[], size: number): string {
  return `Package: tstrace
Version: ${debianVersion(of)}
Architecture: ${of.architecture}
Maintainer: ${of.maintainer}
Installed-Size: ${size}
Depends: ${depends.join(', ')}
Suggests: man-db, bash-completion, bpftrace (>= 0.17)
Section: admin
Priority: optional
Description: Linux tracing tools with the options people know from BCC
 One command with a tool for each question: which files are opened, which
 programs are started, what keeps the CPUs busy, and more. The tools have
 BCC's options, print tables, JSON or CSV, pick the event source that the
 kernel offers, and never lose an event silently.
 .
 It needs nodejs 20.19 or newer. That of Debian 13 is new enough; that of
 Debian 12 is version 18 and is not: there, first install a newer package
 of the same name, such as NodeSource's.
`
}

/** In the machine-readable form of Debian; the texts of the licences stay beside what they are about. */
export function copyright(bundled: readonly Bundled[]): string {
  const own = paragraph([
    'Files: *',
    ...field('Copyright', ['the authors of tstrace']),
    'License: Apache-2.0',
    ' On Debian systems the text of the licence is in',
    ' /usr/share/common-licenses/Apache-2.0.',
  ])
  const others = bundled.map(({folder, license, copyright: lines, file}) =>
    paragraph([
      `Files: ${home}/${folder}/*`,
      ...field('Copyright', lines),
      `License: ${license}`,
      file === undefined
        ? ' Its package has no text of the licence; it names it in package.json.'
        : ` The text of the licence is in /${home}/${folder}/${file}.`,
    ]),
  )
  const format = 'https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
  return [paragraph([`Format: ${format}`, 'Upstream-Name: tstrace']), own, ...others].join('\n')
}

/** The changelog of the packaging; tstrace's own is beside it. */
export function changelog(of: Package): string {
  const date = new Date(of.date * 1000).toUTCString().replace('GMT', '+0000')
  return `tstrace (${debianVersion(of)}) unstable; urgency=medium

  * Version ${of.version}. What is new is in changelog.gz.

 -- ${of.maintainer}  ${date}
`
}

/** What lintian is not to complain of. */
export const overrides = `# This package is not part of Debian, so there is no bug that it closes.
tstrace: initial-upload-closes-no-bugs *
# Programs of npm packages that are only used as libraries.
tstrace: script-not-executable [usr/lib/tstrace/node_modules/*]
tstrace: unusual-interpreter * [usr/lib/tstrace/node_modules/*]
# Each licence stays with the package that it is about; copyright says where.
tstrace: extra-license-file [usr/lib/tstrace/node_modules/*]
`

/** The name that Debian's tools expect a package's file to have. */
export function fileName(of: Package): string {
  return `tstrace_${debianVersion(of)}_${of.architecture}.deb`
}

function debianVersion({version}: Package): string {
  // A tilde sorts before the release that it leads to; npm writes a hyphen, which would begin the packaging's number.
  return `${version.replace('-', '~')}-1`
}

function field(name: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === 0 ? `${name}: ${line}` : ` ${line}`))
}

function paragraph(lines: readonly string[]): string {
  return lines.join('\n') + '\n'
}
