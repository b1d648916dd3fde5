import {
  char,
  type Field,
  type KernelTypes,
  type PointerType,
  s32,
  s64,
  type StructType,
  u32,
} from '#src/engine/program/ctype.js'

const outer: StructType = {kind: 'struct', name: 'struct outer', id: 1}
const inner: StructType = {kind: 'struct', name: 'struct inner', id: 2}
const next: PointerType = {kind: 'pointer', to: outer}

const members: Readonly<Record<number, Readonly<Record<string, Field>>>> = {
  1: {
    flags: {type: u32, offset: 0},
    next: {type: next, offset: 8},
    name: {type: {kind: 'array', of: char, length: 16}, offset: 16},
    inner: {type: inner, offset: 32},
    bits: {type: u32, offset: 36, bitField: {offset: 2, size: 3}},
    sbits: {type: s32, offset: 36, bitField: {offset: 5, size: 4}},
    unnamed: {type: s64, offset: 40},
  },
  2: {count: {type: s32, offset: 0}},
}

const constants = new Map<string, bigint>(
  Object.entries({
    ...{TCP_LISTEN: 10n, MINUS: -1n, WIDE: 1n << 31n, HUGE: 1n << 63n, LEAST: -(1n << 63n)},
    ...{___GFP_HIGH_BIT: 5n, ___GFP_KSWAPD_RECLAIM_BIT: 11n, ___GFP_ZERO_BIT: 8n},
  }),
)

/** The types of a kernel that has two structures. */
export const sampleTypes: KernelTypes = {
  named: (name) => ({'struct outer': outer, 'struct inner': inner})[name],
  fields: ({id}) => new Map(Object.entries(members[id] ?? {})),
  size: ({id}) => (id === 1 ? 44 : 4),
  names: () => ['struct outer', 'struct inner'],
  returned: () => undefined,
  constant: (name) => constants.get(name),
}

const file: StructType = {kind: 'struct', name: 'struct file', id: 1}

/** A part of what every kernel says. */
export const fileTypes: KernelTypes = {
  named: (name) => ({'struct file': file})[name],
  fields: () => new Map([['f_flags', {type: u32, offset: 64}]]),
  size: () => 232,
  names: () => ['struct file'],
  returned: (name) => ({vfs_read: s64})[name],
}
