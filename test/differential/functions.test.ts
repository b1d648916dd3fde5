import assert from 'node:assert/strict'
import {Machine} from '#src/engine/kernel/machine.js'
import {bpftraces} from '../support/bpftraces.js'
import {skipWithout} from '../support/skip.js'
import {differenceOf} from './differences.js'
import {normal} from './forms.js'
import {functions} from './functions.js'
import {bothOutputs} from './run.js'

const machine = new Machine()
const names = {kprobe: 'kprobes', fentry: 'fentry'} as const
const versions = await bpftraces()

describe('the embedded engine says the same as bpftrace of kernel functions', () => {
  for (const bpftrace of versions) {
    const {version} = bpftrace
    for (const each of functions.filter(({since = 0}) => since <= Number(version.split('.')[1]))) {
      it(`${version}: ${each.about}: ${each.program}`, async function () {
        skipWithout(this, names[each.needs], (await machine[each.needs]()).ok)
        const both = await bothOutputs(each, bpftrace)
        const [own, theirs] = [normal(both.own, version), normal(both.theirs, version)]
        assert.match(own, /^@over: 1$/m)
        assert.equal(differenceOf(each.program, version), undefined)
        assert.equal(own, theirs)
      })
    }
  }
})
