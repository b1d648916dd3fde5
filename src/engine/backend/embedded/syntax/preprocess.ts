import {Mistake, unsupported} from '../mistake.js'

export interface Preprocessed {
  /** The text with every directive and everything left out turned into spaces: places stay what they were. */
  readonly text: string
  /** What `#define NAME text` says, and where that text begins. */
  readonly defines: ReadonlyMap<string, {readonly value: string; readonly from: number}>
}

/** Names that bpftrace defines. The types of the kernel are known here, as where it has BTF. */
const defined = new Set(['BPFTRACE_HAVE_BTF'])

/**
 * Takes the lines of the C preprocessor out of a program. `#include <...>` says nothing here, as all types come from the
 * kernel; a type or constant that it does not know is an error where it is used.
 * @throws Mistake for `#include "..."`, as nothing else knows what such a file says
 */
export function preprocess(text: string): Preprocessed {
  const defines = new Map<string, {value: string; from: number}>()
  /** Of each open `#if`: whether its part is kept, and whether all around it is. */
  const open: {kept: boolean; readonly around: boolean; readonly at: number}[] = []
  const kept = (): boolean => open.at(-1)?.kept ?? true
  let at = 0
  const lines = withoutComments(text)
    .split('\n')
    .map((line) => {
      const from = at
      at += line.length + 1
      const [, directive, rest = ''] = /^\s*#\s*([a-z]+)\b\s*(.*?)\s*$/.exec(line) ?? []
      const place = {from, to: from + line.length}
      if (from === 0 && line.startsWith('#!')) return blank(line)
      if (directive === undefined) return kept() ? line : blank(line)
      const name = /^\w+/.exec(rest)?.[0] ?? ''
      const last = open.at(-1)
      switch (directive) {
        case 'ifdef':
        case 'ifndef': {
          const known = defined.has(name) || defines.has(name)
          const around = kept()
          open.push({kept: around && known === (directive === 'ifdef'), around, at: from})
          break
        }
        case 'if': {
          const around = kept()
          const holds = around && conditionHolds(rest, (each) => defined.has(each) || defines.has(each))
          if (holds === undefined) throw unsupported(`#if ${rest}`, place)
          open.push({kept: holds, around, at: from})
          break
        }
        case 'else':
          if (last === undefined) throw new Mistake('#else without an #if', place)
          last.kept = last.around && !last.kept
          break
        case 'endif':
          if (last === undefined) throw new Mistake('#endif without an #if', place)
          open.pop()
          break
        case 'include':
          if (kept() && !rest.startsWith('<')) throw unsupported('#include of a file of your own', place)
          break
        case 'define': {
          if (!kept()) break
          const [, key, value = ''] = /^(\w+)(?:\s+(.*))?$/.exec(rest) ?? []
          // One with parameters is for the members of structures at most: bpftrace does not know it in a probe.
          if (key === undefined) break
          const plain = value.replace(/\/\*.*?\*\/|\/\/.*$/g, (comment) => ' '.repeat(comment.length))
          defines.set(key, {value: plain, from: from + line.indexOf(value, line.indexOf(key) + key.length)})
          break
        }
        case 'undef':
          if (kept()) defines.delete(name)
          break
        default:
          if (kept()) throw unsupported(`#${directive}`, place)
      }
      return blank(line)
    })
  const unclosed = open.at(-1)
  if (unclosed) throw new Mistake('this #if has no #endif', {from: unclosed.at, to: unclosed.at + 1})
  return {text: lines.join('\n'), defines}
}

/** `0`, `1`, `defined(NAME)` and `!defined(NAME)`; undefined for what would have to be computed. */
function conditionHolds(text: string, isDefined: (name: string) => boolean): boolean | undefined {
  if (/^\d+$/.test(text)) return Number(text) !== 0
  const [, not, name] = /^(!?)\s*defined\s*\(?\s*(\w+)\s*\)?$/.exec(text) ?? []
  return name === undefined ? undefined : isDefined(name) === (not === '')
}

/** A `#` in a comment is no directive. In the paths of probes, slashes and stars are no comments. */
function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|(?<![\w:.*/-])(?:\/\*[^]*?\*\/|\/\/[^\n]*)/g, (found) =>
    found.startsWith('"') ? found : found.replace(/[^\n]/g, ' '),
  )
}

function blank(line: string): string {
  return ' '.repeat(line.length)
}
