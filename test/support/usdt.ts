import {execFileSync, spawnSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Context} from 'mocha'
import {skipWithout} from './skip.js'

/**
 * What <sys/sdt.h> makes of DTRACE_PROBE, for machines that do not have it: a place of the provider `shop`, as a text in C.
 * @param semaphore the name of a variable, or `0`
 */
export const usdtNote = (semaphore: string, name: string, places: string): string =>
  [
    '"990: nop\\n"',
    '".pushsection .note.stapsdt,\\"?\\",\\"note\\"\\n.balign 4\\n.4byte 992f-991f, 994f-993f, 3\\n"',
    '"991: .asciz \\"stapsdt\\"\\n992: .balign 4\\n"',
    `"993: .8byte 990b, _.stapsdt.base, ${semaphore}\\n"`,
    `".asciz \\"shop\\"\\n.asciz \\"${name}\\"\\n.asciz \\"${places}\\"\\n994: .balign 4\\n.popsection\\n"`,
  ].join('\n')

/** What a program with such places has once. */
export const usdtBase = `
    ".ifndef _.stapsdt.base\\n"
    ".pushsection .stapsdt.base,\\"aG\\",\\"progbits\\",.stapsdt.base,comdat\\n"
    ".weak _.stapsdt.base\\n.hidden _.stapsdt.base\\n_.stapsdt.base: .space 1\\n.size _.stapsdt.base, 1\\n"
    ".popsection\\n.endif\\n"`

/** A program with a probe `shop:sold` that says the number in its semaphore for each line it gets. */
export function semaphoreProgram(context: Context, folder: string): string {
  skipWithout(context, 'a compiler', spawnSync('gcc', ['--version']).status === 0)
  const path = join(folder, 'shop')
  writeFileSync(
    `${path}.c`,
    `#include <stdio.h>
__attribute__((section(".probes"))) volatile unsigned short counter = 0;
int main(void) {
  puts("ready"); fflush(stdout);
  while (getchar() != EOF) { printf("semaphore %d\\n", counter); fflush(stdout); }
  __asm__ volatile(${usdtNote('counter', 'sold', '-4@$23')}
    ${usdtBase});
}
`,
  )
  execFileSync('gcc', ['-O1', '-o', path, `${path}.c`])
  return path
}
