import assert from 'node:assert/strict'
import {normal} from '../../differential/forms.js'
import {onEmbedded} from '../../differential/run.js'
import {skipWithout} from '../../support/skip.js'
import {kernelIsSince} from '../../support/release.js'

/**
 * Bodies of BEGIN that only the newest bpftrace takes, or none up to 0.23 on every machine, and what 0.27.1 prints; the
 * first Linux that can, where that is not the oldest that the engine is for.
 */
const programs: readonly (readonly [body: string, output: string, linux?: string])[] = [
  ['@a[1] = 1; @a[2] = 2; @a[1] = 3; printf("%d\\n", len(@a)); clear(@a);', '2', '5.13'],
  ['@a["x"] = count(); @a["y"] = count(); if (len(@a) == 2) { printf("two\\n"); } clear(@a);', 'two', '5.13'],
  ['@a[1] = 1; delete(@a, 1); printf("%d\\n", len(@a));', '0', '5.13'],
  ['$s = "abc"; $e = ""; printf("%d %d %d\\n", strlen($s), strlen($e), strlen("four"));', '3 0 4'],
  ['printf("%d %d\\n", strlen(str($3)), strlen(str($3, 3)));', '5 3'],
  ['printf("%s|%s\\n", str("three", 3), str("three", 9));', 'thr|three'],
  [
    '$a = (1, "abc"); printf("%d %d %d\\n", $a == (1, "abc"), $a == (1, "abd"), (1, (2, 3)) != (1, (2, 4)));',
    '1 0 1',
  ],
  ['_ = strlen("abc"); _ = 5; printf("ok\\n");', 'ok'],
  [
    '@c = count(); delete(@c); @s = sum(5); delete(@s); @s = sum(2); @m = max(7); delete(@m);',
    '@s: 2',
    '5.19',
  ],
  [
    '$a = (uint8[8])12345; print($a); printf("%d %d\\n", $a[0], (uint64)$a); print((uint16[])(uint64)0x10002);',
    '[57,48,0,0,0,0,0,0]\n57 12345\n[2,1,0,0]',
  ],
  ['@x = (uint8[4])(uint32)0x01020304;', '@x: [4,3,2,1]'],
]

/** Names that bpftrace knows from the header only. */
const errors = 'BEGIN { printf("%d %d\\n", EPERM, -EINVAL); exit(); }'

describe('the embedded engine prints what the newest bpftrace prints', () => {
  for (const [body, output, linux = '5.10'] of programs)
    it(body, async function () {
      const isNew = kernelIsSince(linux)
      skipWithout(this, `Linux ${linux}`, isNew)
      const printed = await onEmbedded(`BEGIN { ${body} exit(); }`, ['0', '7', 'three'], () => {})
      assert.equal(normal(printed, '0.27.1'), output)
    })

  it('and knows the numbers of errors', async () => {
    assert.equal(normal(await onEmbedded(errors, [], () => {}), '0.27.1'), '1 -22')
  })
})
