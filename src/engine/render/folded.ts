import type {Renderer} from './renderer.js'
import {foldedText} from './stacks.js'

/** One stack a line and its count, as flame graphs are made of. */
export function foldedRenderer(): Renderer {
  const nothing = (): string => ''
  return {
    begin: nothing,
    row: nothing,
    report: ({sections}) =>
      sections.map((section) => (section.kind === 'stacks' ? foldedText(section) : '')).join(''),
    notice: nothing,
    end: nothing,
  }
}
