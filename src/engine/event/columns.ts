import {errorName} from '../kernel/errno.js'
import {bt} from '../program/bt.js'
import {parentId} from '../program/generate.js'
import {type Column, computed, int, reported, threadName} from './column.js'
import type {Value} from './row.js'
import {isoTime, localTime} from './time.js'

/** The event's time; first in every table that shows it. */
export const time: Column = computed(
  ['time_ns'],
  (row, context) => context.wallTime(BigInt(row['time_ns'] as number | bigint)),
  8,
  'Time of the event: local time in a table, UTC with nanoseconds in JSON.',
  {
    stamp: 'wall',
    inJson: true,
    cell: (value) => localTime(value as bigint),
    json: (value) => isoTime(value as bigint),
  },
)

/** The event's time as the kernel counts it. */
export const timeNs: Column = computed(
  [],
  (row) => row['time_ns'] as Value,
  16,
  'Time of the event on the boot clock, in nanoseconds.',
  {stamp: 'boot', inJson: true, align: 'right'},
)

/** The time at which an interval ended; the first column of tables that have a row for each, as wide as BCC's. */
export const intervalTime: Column = reported(
  10,
  'When the interval ended: local time in a table, UTC with nanoseconds in JSON.',
  {
    header: 'TIME',
    cell: (value) => `${localTime(value as bigint)}:`,
    json: (value) => isoTime(value as bigint),
  },
)

/** The event's time as seconds of the run. */
export const elapsed: Column = computed(
  ['time_ns'],
  (row, context) => Number(context.sinceBegin(BigInt(row['time_ns'] as number | bigint))) / 1e9,
  7,
  'Seconds from the beginning of tracing to the event.',
  {header: 'TIME(s)', cell: (value) => Number(value).toFixed(3)},
)

// The widths of ids are BCC's; longer values push the rest of their row to the right.
export const pid: Column = int(bt`pid`, 6, 'Process (the kernel calls it tgid).', {
  align: 'left',
  inJson: true,
})
export const tid: Column = int(bt`tid`, 6, 'Thread.', {align: 'left', inJson: true})
/** The process that started the running one. */
export const ppid: Column = int(parentId, 7, 'Parent process.', {align: 'left', inJson: true})
export const uid: Column = int(bt`uid`, 6, 'Real user id.', {align: 'left', inJson: true})
export const comm: Column = threadName(bt`comm`, 'Name of the thread, 15 bytes at most.')

export const user: Column = computed(
  ['uid'],
  (row, context) => context.userName(Number(row['uid'])),
  12,
  'Name of the real user.',
)

/** The readable partner of an `errno` column. */
export const error: Column = computed(
  ['errno'],
  (row) => errorName(Number(row['errno'])),
  10,
  'Name of the error, as ENOENT.',
  {inJson: true},
)
