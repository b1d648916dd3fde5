import assert from 'node:assert/strict'
import {bpftraces} from '../support/bpftraces.js'
import {normal} from './forms.js'
import {onBpftrace, onEmbedded, outputOf} from './run.js'

/** Before, printf() alone marked them, and they were one byte shorter. */
const newest = (await bpftraces()).filter(({version}) => Number(version.split('.')[1]) >= 27)

const creat = 'tracepoint:syscalls:sys_enter_creat /pid == $1 && !@over/'
// The path is /nx/four/x.
const show =
  '{ $p = str(args.pathname); printf("%s|%s|%-14s|\\n", $p, str(args.pathname, 5), $p); print($p); print((1, $p)); @[$p] = 1; @last = $p; @over = 1; exit(); }'

describe('texts that were cut are printed as bpftrace does', () => {
  for (const bpftrace of newest) {
    for (const settings of [
      'max_strlen = 8',
      'max_strlen = 10',
      'max_strlen = 11',
      'max_strlen = 9; str_trunc_trailer = "~"',
      'max_strlen = 9; str_trunc_trailer = ""',
    ]) {
      it(`${bpftrace.version}: ${settings}`, async () => {
        const each = {
          about: 'texts',
          program: `config = { ${settings} } ${creat} ${show}`,
          traces: true,
        } as const
        const own = normal(await outputOf(each, onEmbedded), bpftrace.version)
        assert.match(own, /\/nx\/fou/)
        assert.equal(own, normal(await outputOf(each, onBpftrace(bpftrace)), bpftrace.version))
      })
    }
  }
})
