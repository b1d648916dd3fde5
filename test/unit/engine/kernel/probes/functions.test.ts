import assert from 'node:assert/strict'
import {readFileSync} from 'node:fs'
import {leftOutLines} from '#src/engine/kernel/probes/found.js'
import {findFunctions, type KernelLists, readKernelLists} from '#src/engine/kernel/probes/functions.js'
import {Machine} from '#src/engine/kernel/machine.js'
import {type NamePattern, parsePattern} from '#src/engine/program/pattern.js'

function named(text: string): NamePattern {
  const pattern = parsePattern(text)
  assert.ok(pattern.kind === 'kernel')
  return pattern.name
}

/** A kernel with one of each kind that matters. */
const symbols = `ffffffff81000100 T __irqentry_text_start
ffffffff81000110 T asm_exc_page_fault
ffffffff81000200 T __irqentry_text_end
ffffffff81000ff0 t __pfx_vfs_read
ffffffff81001000 T __vfs_read
ffffffff81001000 T vfs_read
ffffffff81001000 T _vfs_r
ffffffff81002000 t vfs_write.isra.0
ffffffff81002500 t vfs_write.cold
ffffffff81003000 t type_show
ffffffff81003100 t type_show
ffffffff81003100 t kind_show
ffffffff81004000 T perf_event_task
ffffffff81005000 T forbidden
ffffffff81005000 T also_forbidden
ffffffff81006000 W weak_one
ffffffff81007000 D some_data
ffffffff81008000 T closed
ffffffff81009000 T known_as
ffffffff81009000 T in_ftrace
ffffffff83000000 T _sinittext
ffffffff83000100 t vfs_init
ffffffff83000200 T _einittext
ffffffffc0001000 t do_in_module\t[ext4]
ffffffffc0002000 t bpf_prog_12_main\t[bpf]
`
const traceable = `vfs_read
vfs_write.isra.0
type_show
type_show
forbidden
weak_one
in_ftrace
do_in_module [ext4]
perf_event_task
`
const forbidden = '0xffffffff81005000-0xffffffff81005010\tforbidden\n'
const lists: KernelLists = {symbols, traceable, forbidden}

const labels = (text: string, from = lists): string[] =>
  findFunctions(named(text), from).probes.map(({label}) => label)
const reasons = (text: string, from = lists): string[] =>
  leftOutLines(findFunctions(named(text), from).leftOut)

describe('functions of the kernel', () => {
  it('are one probe for each address, by the plainest name that matches', () => {
    const {probes} = findFunctions(named('*vfs_r*'), lists)
    assert.deepEqual(probes, [
      {point: {kind: 'kprobe', name: 'vfs_read'}, label: 'vfs_read', address: 0xffffffff81001000n},
    ])
    assert.deepEqual(labels('_*vfs_r*'), ['_vfs_r'])
  })

  it('are text symbols of the kernel and its modules, sorted', () => {
    assert.deepEqual(labels('*'), [
      'do_in_module',
      'kind_show',
      'known_as',
      'vfs_read',
      'vfs_write.isra.0',
      'weak_one',
    ])
    assert.deepEqual(labels('some_data'), [])
  })

  it('may be reached by another name of their address than ftrace has', () => {
    assert.deepEqual(labels('known_as'), ['known_as'])
    assert.deepEqual(labels('__vfs_read'), ['__vfs_read'])
  })

  it('that cannot be traced are named, with the reason', () => {
    assert.deepEqual(reasons('vfs_*'), [
      'they are no functions of their own: vfs_write.cold',
      'they run only while the kernel starts or is interrupted: vfs_init',
    ])
    assert.deepEqual(reasons('*forbidden'), ["they are on the kernel's list of forbidden kprobes: forbidden"])
    assert.deepEqual(reasons('also_forbidden'), [
      "they are on the kernel's list of forbidden kprobes: also_forbidden",
    ])
    assert.deepEqual(reasons('closed'), [
      'they are closed to tracing (not in available_filter_functions): closed',
    ])
    assert.deepEqual(reasons('perf_*'), ['they belong to tracing itself: perf_event_task'])
    assert.deepEqual(reasons('asm_*'), [
      'they run only while the kernel starts or is interrupted: asm_exc_page_fault',
    ])
    assert.deepEqual(reasons('bpf_prog*'), ['they are no functions of their own: bpf_prog_12_main'])
  })

  it('that share a name are left out, unless an alias tells them apart', () => {
    const unlisted = {...lists, traceable: undefined}
    assert.deepEqual(reasons('type_show'), ['they have a name that several functions have: type_show'])
    assert.deepEqual(labels('*_show', unlisted), ['kind_show'])
    assert.deepEqual(reasons('*_show', unlisted), ['they have a name that several functions have: type_show'])
  })

  it('are taken from the symbols alone where ftrace may not be asked', () => {
    assert.deepEqual(labels('*', {...lists, traceable: undefined}), [
      'closed',
      'do_in_module',
      'kind_show',
      'known_as',
      'vfs_read',
      'vfs_write.isra.0',
      'weak_one',
    ])
  })

  it('are told apart by name where the kernel hides addresses', () => {
    const hidden = {...lists, symbols: symbols.replace(/^\w{16}/gm, '0'.repeat(16))}
    const {probes} = findFunctions(named('vfs_r*'), hidden)
    assert.deepEqual(probes, [{point: {kind: 'kprobe', name: 'vfs_read'}, label: 'vfs_read'}])
    assert.deepEqual(reasons('forbidden', hidden), [
      "they are on the kernel's list of forbidden kprobes: forbidden",
    ])
  })

  it('are known for hints', () => {
    const known = [...findFunctions(named('x'), lists).known()]
    assert.ok(known.includes('vfs_read') && !known.includes('some_data') && !known.includes('__pfx_vfs_read'))
  })

  it('are found in this kernel', () => {
    const here = readKernelLists(new Machine())
    const text = readFileSync('/proc/kallsyms', 'utf8')
    assert.deepEqual(labels('vfs_read', here), ['vfs_read'])
    const found = findFunctions(named('vfs_*'), here)
    const all = new Set(Array.from(text.matchAll(/ [tTwW] (vfs_[\w.]+)$/gm), ([, name]) => name))
    assert.ok(found.probes.length > 40)
    for (const {label, point} of found.probes) {
      assert.ok(all.has(label))
      assert.deepEqual(point, {kind: 'kprobe', name: label})
    }
    const addresses = found.probes.map(({address}) => address)
    if (addresses[0] !== undefined) assert.equal(new Set(addresses).size, addresses.length)
  })
})
