import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {type Outcome, tstrace} from './processes.js'

/** The code of a tool that shows who calls fsync(2). */
export const workingTool = `
  import {bt, byPid, columns, defineTool} from 'tstrace/tool'
  export default defineTool({
    group: 'files',
    summary: 'Show who calls fsync.',
    description: 'Prints a line for each fsync(2).',
    examples: [],
    requirements: 'Root.',
    overhead: {rate: 'fsyncs per second', cost: 'not measured'},
    flags: {},
    filters: [byPid],
    columns: {pid: columns.pid, comm: columns.comm},
    show: () => ['pid', 'comm'],
    sources: [{
      name: 'tracepoint',
      description: 'The system call.',
      needs: ['tracepoint:syscalls:sys_enter_fsync'],
      program: ({filters, emit}) => [{probes: ['tracepoint:syscalls:sys_enter_fsync'], when: filters, body: bt\`\${emit}\`}],
    }],
  })
`

/** A folder of plugins as npm and `plugins install` leave it. */
export class PluginFolder {
  readonly #listed: object[] = []

  constructor(readonly path: string) {
    mkdirSync(join(path, 'node_modules'), {recursive: true})
    symlinkSync('../host', join(path, 'node_modules', 'tstrace'))
    this.#writeList()
  }

  /** Adds a plugin with these tools: their code by their names. @returns its folder */
  install(
    name: string,
    tools: Readonly<Record<string, string>>,
    more: Readonly<Record<string, string>> = {},
  ): string {
    const root = join(this.path, 'node_modules', name)
    writePlugin(root, name, tools)
    for (const [file, text] of Object.entries(more)) write(join(root, file), text)
    this.#list({name, type: 'user', tag: 'latest'})
    return root
  }

  /** The same for a plugin that is elsewhere; `tstrace` is found there as in this folder. */
  link(root: string, name: string, tools: Readonly<Record<string, string>>): void {
    writePlugin(root, name, tools)
    mkdirSync(join(root, 'node_modules'), {recursive: true})
    symlinkSync(join(this.path, 'host'), join(root, 'node_modules', 'tstrace'))
    this.#list({name, type: 'link', root})
  }

  /** Runs a command line with the plugins of this folder. */
  run(...args: readonly string[]): Promise<Outcome> {
    return tstrace(args, {env: {...process.env, TSTRACE_DATA_DIR: this.path}}).outcome
  }

  #list(plugin: object): void {
    this.#listed.push(plugin)
    this.#writeList()
  }

  #writeList(): void {
    write(join(this.path, 'package.json'), JSON.stringify({oclif: {plugins: this.#listed}}))
  }
}

function writePlugin(root: string, name: string, tools: Readonly<Record<string, string>>): void {
  const own = {name, version: '1.0.0', type: 'module', oclif: {commands: './dist/commands'}}
  write(join(root, 'package.json'), JSON.stringify(own))
  for (const [tool, code] of Object.entries(tools)) write(join(root, 'dist', 'commands', `${tool}.js`), code)
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), {recursive: true})
  writeFileSync(path, text)
}
