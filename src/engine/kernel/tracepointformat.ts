import {readFileSync} from 'node:fs'
import type {TracepointField} from '../program/fields.js'

const form = /^\tfield:(.+?)\s*(\w+)(?:\[([^\]]*)\])?;\s*offset:(\d+);\s*size:(\d+);\s*signed:([01]);$/gm

/**
 * The fields of a tracepoint that a program may name, without those every tracepoint has; undefined if there is no such
 * tracepoint, or its description may not be read.
 * @param tracefs where the kernel's tracing files are
 */
export function tracepointFields(
  tracefs: string,
  category: string,
  name: string,
): readonly TracepointField[] | undefined {
  if (![category, name].every((part) => /^\w[\w-]*$/.test(part))) return undefined
  try {
    return parseFormat(readFileSync(`${tracefs}/events/${category}/${name}/format`, 'utf8'))
  } catch {
    return undefined
  }
}

/** The fields in a `format` file. */
export function parseFormat(text: string): readonly TracepointField[] {
  return [...text.matchAll(form)]
    .map(([, type = '', name = '', length, offset, size, signed]) => ({
      name,
      type: type
        .replace(/^(__data_loc|__rel_loc)\s+/, '')
        .replace(/\[\]$/, '')
        .trim(),
      length: length === undefined ? undefined : Number(length) || 0,
      size: Number(size),
      offset: Number(offset),
      signed: signed === '1',
      isElsewhere: /^(__data_loc|__rel_loc)\s/.test(type),
      ...(type.startsWith('__rel_loc') && {isRelative: true as const}),
    }))
    .filter(({name}) => !name.startsWith('common_'))
}
