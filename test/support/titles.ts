import {readFileSync} from 'node:fs'
import ts from 'typescript'

/** What stands in the source of a file of tests; templates as they are written, `${...}` and all. */
export interface Titles {
  /** The tests and groups of tests that are named where they are made. */
  readonly tests: readonly string[]
  /** All other texts: names in tables that tests go through, among others. */
  readonly others: readonly string[]
}

/** Reads the titles in a file of tests. @throws Error of the file system if it is not there */
export function titlesIn(path: string): Titles {
  const tests: string[] = []
  const others: string[] = []
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const visit = (node: ts.Node): void => {
    const text = textOf(node)
    if (text !== undefined) (isTitle(node) ? tests : others).push(text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return {tests, others}
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  return ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : undefined
}

function isTitle(node: ts.Node): boolean {
  const {parent} = node
  return (
    ts.isCallExpression(parent) &&
    parent.arguments[0] === node &&
    ts.isIdentifier(parent.expression) &&
    ['describe', 'it'].includes(parent.expression.text)
  )
}
