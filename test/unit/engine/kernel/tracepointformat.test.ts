import assert from 'node:assert/strict'
import {Machine} from '#src/engine/kernel/machine.js'
import {parseFormat, tracepointFields} from '#src/engine/kernel/tracepointformat.js'
import {skipWithout} from '../../../support/skip.js'

const format = `name: sys_enter_x
ID: 600
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:int __syscall_nr;	offset:8;	size:4;	signed:1;
	field:const char * filename;	offset:16;	size:8;	signed:0;
	field:int flags;	offset:24;	size:8;	signed:0;
	field:char comm[16];	offset:32;	size:16;	signed:0;
	field:__data_loc char[] name;	offset:48;	size:4;	signed:0;
	field:__u8 saddr[sizeof(struct in6_addr)];	offset:52;	size:16;	signed:0;
	field:struct a *p;	offset:72;	size:8;	signed:0;

print fmt: "field:int no; offset:1; size:1; signed:0;"
`

describe('parseFormat', () => {
  it('reads the fields of the event', () => {
    const fields = parseFormat(format)
    assert.deepEqual(
      fields.map(({name, type, length, size, signed, isElsewhere}) => [
        name,
        type,
        length,
        size,
        signed,
        isElsewhere,
      ]),
      [
        ['__syscall_nr', 'int', undefined, 4, true, false],
        ['filename', 'const char *', undefined, 8, false, false],
        ['flags', 'int', undefined, 8, false, false],
        ['comm', 'char', 16, 16, false, false],
        ['name', 'char', undefined, 4, false, true],
        ['saddr', '__u8', 0, 16, false, false],
        ['p', 'struct a *', undefined, 8, false, false],
      ],
    )
  })
})

describe('tracepointFields', () => {
  it('finds nothing where there is no tracepoint', () => {
    assert.equal(tracepointFields('/nowhere', 'sched', 'sched_switch'), undefined)
    for (const name of ['../../x', '', '.', 'a/b', 'a\0b'])
      assert.equal(tracepointFields('/', name, name), undefined)
  })

  it('reads those of this kernel', function () {
    const machine = new Machine()
    skipWithout(this, 'tracefs', machine.tracefsReadable)
    const fields = tracepointFields(machine.tracefs ?? '', 'sched', 'sched_switch')
    assert.ok(fields?.some(({name, length}) => name === 'prev_comm' && length === 16))
    assert.ok(fields?.some(({name, signed}) => name === 'next_pid' && signed))
    assert.ok(fields?.every(({name}) => !name.startsWith('common_')))
  })
})
