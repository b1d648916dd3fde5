import {readdirSync, readFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import ts from 'typescript'
import {root} from '../../scripts/root.js'

const sources = join(root, 'src')
/** Runs the tool of whatever file it is given. */
const importsItsArgument = 'engine/testing/child.ts'

/** An import or re-export in a file of src/. */
export interface Import {
  /** The file that imports, relative to src/. */
  readonly from: string
  /** The file that is imported, relative to src/, or the name of a package. */
  readonly to: string
  /** Types only: nothing is loaded for it. */
  readonly typeOnly: boolean
  /** `import('...')`: loaded when that line is reached, not with the file. */
  readonly dynamic: boolean
  readonly ours: boolean
}

/** Every file of src/, relative to it. */
export function sourceFiles(): string[] {
  return readdirSync(sources, {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.ts'))
    .sort()
}

/** All that a file imports. */
export function importsOf(file: string): Import[] {
  const found: Import[] = []
  const add = (specifier: ts.Expression, typeOnly: boolean, dynamic: boolean): void => {
    if (!ts.isStringLiteralLike(specifier)) {
      if (file === importsItsArgument) return
      throw new Error(`${file} imports what cannot be read from its text`)
    }
    const ours = specifier.text.startsWith('.')
    const path = relative(sources, join(sources, file, '..', specifier.text)).replace(/\.js$/, '.ts')
    found.push({from: file, to: ours ? path : specifier.text, typeOnly, dynamic, ours})
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause
      const named = clause?.namedBindings
      const allTypes =
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
        (clause?.name === undefined &&
          named !== undefined &&
          ts.isNamedImports(named) &&
          named.elements.length > 0 &&
          named.elements.every((element) => element.isTypeOnly))
      add(node.moduleSpecifier, allTypes, false)
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node.moduleSpecifier, node.isTypeOnly, false)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments
      if (specifier !== undefined) add(specifier, false, true)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true))
  return found
}

/** The names of the form `a.b` that a file uses as code, such as `process.stdout`. */
export function uses(file: string, object: string, property: string): boolean {
  let found = false
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && node.getText() === `${object}.${property}`) found = true
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true))
  return found
}

/** All that is loaded with a file, without what it loads later: files of src/ and names of packages. */
export function loadedWith(file: string): Set<string> {
  const loaded = new Set<string>()
  const visit = (name: string): void => {
    if (loaded.has(name)) return
    loaded.add(name)
    for (const {to, typeOnly, dynamic, ours} of importsOf(name)) {
      if (typeOnly || dynamic) continue
      if (ours) visit(to)
      else loaded.add(to)
    }
  }
  visit(file)
  return loaded
}

function textOf(file: string): string {
  return readFileSync(join(sources, file), 'utf8')
}
