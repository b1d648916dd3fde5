import assert from 'node:assert/strict'
import {bt} from '#src/engine/program/bt.js'
import {clauseText} from '#src/engine/program/clause.js'

describe('clauseText', () => {
  it('writes probes, filter and body', () => {
    const text = clauseText({
      probes: ['tracepoint:syscalls:sys_enter_open', 'tracepoint:syscalls:sys_enter_openat'],
      when: [bt`pid == ${1}`, false, bt`a || b`],
      body: bt`
        if (x) {
          y;
        }`,
    })
    assert.equal(
      text,
      'tracepoint:syscalls:sys_enter_open,\ntracepoint:syscalls:sys_enter_openat\n/pid == 1 && (a || b)/\n{\n\tif (x) {\n\t\ty;\n\t}\n}\n',
    )
  })

  it('writes no filter where there is none', () => {
    assert.equal(clauseText({probes: ['END'], body: bt`clear(@a);`}), 'END\n{\n\tclear(@a);\n}\n')
    assert.equal(clauseText({probes: ['BEGIN'], when: [false], body: bt`a;`}), 'BEGIN\n{\n\ta;\n}\n')
  })

  it('spells fentry and fexit as every version knows them', () => {
    const probes = ['fentry:a', 'fexit:b', 'kprobe:fentry']
    assert.equal(clauseText({probes, body: bt`x;`}), 'kfunc:a,\nkretfunc:b,\nkprobe:fentry\n{\n\tx;\n}\n')
  })

  it('refuses attach points that are none', () => {
    for (const probe of [
      '',
      'open',
      'kprobe:a { exit(); } END',
      'kprobe:a\n',
      'kprobe:*',
      'uprobe:/bin/sh:main',
      'begin',
    ])
      assert.throws(
        () => clauseText({probes: ['END', probe], body: bt`x;`}),
        {name: 'BugError', exitCode: 70},
        probe,
      )
  })
})
