import type {ToolDefinition} from '../definition.js'
import {renderPage} from './sections.js'

const exitStatus: Readonly<Record<string, string>> = {
  0: 'The run ended as it should.',
  1: 'The run began and failed; or events were lost, with **--strict**.',
  2: 'The command line is wrong.',
  3: 'This machine lacks something that is needed: a privilege, bpftrace, an event source.',
  4: 'bpftrace refused the program. Please report it to whom the tool is from.',
  70: 'An error in tstrace. Please report it.',
}

/** A tool's page with what its definition says, for a tool that nobody wrote one for, or to begin with. */
export function draftPage(name: string, tool: ToolDefinition): string {
  const {summary, description, requirements, examples, overhead, sources} = tool
  const page = [
    `# tstrace-${name}(8)`,
    '## NAME',
    `tstrace-${name} - ${summary.charAt(0).toLowerCase()}${summary.slice(1).replace(/\.$/, '')}`,
    '## SYNOPSIS',
    '## DESCRIPTION',
    description,
    '## REQUIREMENTS',
    `${requirements} \`tstrace doctor ${name}\` says which event source this machine offers.`,
    ...sources.map((source) => `- **${source.name}**\n\n  ${source.description}`),
    '## OPTIONS',
    '## EXAMPLES',
    ...examples.flatMap((example) => [
      `${example.description}:`,
      `\`\`\`\n# tstrace ${example.command}\n\`\`\``,
    ]),
    '## FIELDS',
    '## OVERHEAD',
    `It follows the ${overhead.rate}: ${overhead.cost}`,
    '## EXIT STATUS',
    ...Object.entries(exitStatus).map(([code, text]) => `- **${code}**\n\n  ${text}`),
    '## SEE ALSO',
    '**bpftrace**(8), **capabilities**(7)',
  ]
  return renderPage(`${page.join('\n\n')}\n`, name, tool)
}
