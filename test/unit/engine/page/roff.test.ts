import assert from 'node:assert/strict'
import {markdownToRoff} from '#src/engine/page/roff.js'

/** The roff of some Markdown, without the four lines that begin every page. */
function roff(markdown: string): string {
  const page = markdownToRoff(markdown, {name: 'tool', section: 8, version: '1.2.3'})
  return page.split('\n').slice(4).join('\n').trimEnd()
}

describe('markdownToRoff', () => {
  it('begins with title, section, date and version', () => {
    const page = markdownToRoff('<!-- date: 2026-01-02 -->\n\n# tool(8)\n\n## NAME\n', {
      name: 'tool',
      section: 8,
      version: '1.2.3',
    })
    assert.equal(
      page,
      '.TH "TOOL" "8" "2026-01-02" "tstrace 1.2.3" "tstrace manual"\n.ad l\n.nr HY 0\n.nh\n.SH "NAME"\n',
    )
  })

  it('makes sections, subsections and paragraphs', () => {
    assert.equal(
      roff('## A "B"\n\none\n\ntwo\n\n### C\n\nthree'),
      '.SH "A \\(dqB\\(dq"\none\n.PP\ntwo\n.SS "C"\nthree',
    )
  })

  it('joins the lines of a paragraph', () => {
    assert.equal(roff('One.\nTwo.'), 'One. Two.')
  })

  it('keeps a hard line break', () => {
    assert.equal(roff('one  \n.two'), 'one\n.br\n\\&.two')
  })

  it('makes bold, italics and code', () => {
    assert.equal(roff('a **b** _c_ `d` **e _f_ g**'), 'a \\fBb\\fR \\fIc\\fR \\fBd\\fR \\fBe \\fIf\\fB g\\fR')
  })

  it('protects lines that look like requests', () => {
    assert.equal(roff('.so /etc/passwd'), '\\&.so /etc/passwd')
    assert.equal(roff("text\n\n```\n.a\n'b\n```"), 'text\n.sp\n.RS 2\n.EX\n\\&.a\n\\(aqb\n.EE\n.RE')
  })

  it('escapes backslashes, once', () => {
    assert.equal(roff('`\\n` \\\\fB `\\-`'), '\\fB\\en\\fR \\efB \\fB\\e\\-\\fR')
  })

  it('writes a minus in flags, numbers and code, and a hyphen in words', () => {
    assert.equal(
      roff('with -p, --flag-filter (-1): user-side, a - b'),
      'with \\-p, \\-\\-flag\\-filter (\\-1): user-side, a \\- b',
    )
    assert.equal(roff('`a-b` **--** x'), '\\fBa\\-b\\fR \\fB\\-\\-\\fR x')
  })

  it('keeps quotes, accents, carets and tildes as they are typed', () => {
    assert.equal(roff('it\'s \\`a\\` ^ ~ "b"'), 'it\\(aqs \\(gaa\\(ga \\(ha \\(ti "b"')
  })

  it('names characters beyond ASCII', () => {
    assert.equal(roff('µ é 😀'), '\\[u00B5] \\[u00E9] \\[u1F600]')
  })

  it('makes a term and its definition of a list item of several paragraphs', () => {
    assert.equal(
      roff('- **-p** _PID_\n\n  One.\n\n  Two.\n\n- **-x**\n\n  Three.'),
      '.TP\n\\fB\\-p\\fR \\fIPID\\fR\nOne.\n.sp\nTwo.\n.TP\n\\fB\\-x\\fR\nThree.',
    )
  })

  it('makes bullets of other lists', () => {
    assert.equal(roff('- a\n- b\n\nc'), '.IP \\(bu 2\na\n.IP \\(bu 2\nb\n.PP\nc')
  })

  it('keeps examples as they are', () => {
    assert.equal(
      roff('a\n\n```\n# x  -d 1\n\ny\n```\n\nb'),
      'a\n.sp\n.RS 2\n.EX\n# x  \\-d 1\n\ny\n.EE\n.RE\n.PP\nb',
    )
  })

  it('sets flags and names of values apart in the synopsis', () => {
    assert.equal(
      roff('## SYNOPSIS\n\n```\ntstrace x [-p PID] [--flag-filter A,B]... [-- CMD]\n```'),
      '.SH "SYNOPSIS"\n.EX\n\\fBtstrace\\fR \\fBx\\fR [\\fB\\-p\\fR \\fIPID\\fR] [\\fB\\-\\-flag\\-filter\\fR \\fIA,B\\fR]... [\\fB\\-\\-\\fR \\fICMD\\fR]\n.EE',
    )
  })

  it('refuses what it does not know', () => {
    assert.throws(() => roff('![a](b.png)'), /cannot hold this \(image\)/)
    assert.throws(() => roff('| a |\n| - |\n| b |'), /cannot hold this \(table\)/)
  })
})
