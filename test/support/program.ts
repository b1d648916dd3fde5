import {execFileSync, spawnSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Context} from 'mocha'
import type {Job} from './count.js'
import {skipWithout} from './skip.js'

/** What main() calls, told to go: `func_a` so many times, which calls `func_b` each time. */
export const callsOfProgram = 2000

/**
 * A program with functions that call one another, two names for one of them, and one of 40 that are called as often
 * as their number says. Skips the test where there is no compiler.
 *
 * @param framePointers whether its stacks can be followed
 */
export function compiledProgram(context: Context, folder: string, {framePointers = true} = {}): Job {
  skipWithout(context, 'a compiler', spawnSync('gcc', ['--version']).status === 0)
  const path = join(folder, framePointers ? 'func_ab' : 'func_ab without')
  const numbers = Array.from({length: 40}, (_, number) => number)
  const noinline = '__attribute__((noinline, used))'
  writeFileSync(
    `${path}.c`,
    `#include <stdio.h>
${noinline} void func_b(void) { __asm__ volatile(""); }
void func_alias(void) __attribute__((alias("func_b")));
${noinline} void func_a(void) { func_b(); __asm__ volatile(""); }
${noinline} void func_never(void) { __asm__ volatile(""); }
${numbers.map((number) => `${noinline} void many_${number}(void) { __asm__ volatile(""); }`).join('\n')}
int main(void) {
  puts("ready"); fflush(stdout); getchar();
  for (int i = 0; i < ${callsOfProgram}; i++) func_a();
  ${numbers.map((number) => `for (int i = 0; i < ${number}; i++) many_${number}();`).join('\n  ')}
  puts("done"); fflush(stdout); while (getchar() != EOF);
}
`,
  )
  // Without optimization each function begins with saving the frame pointer, which the kernel looks at.
  execFileSync('gcc', [
    ...(framePointers ? ['-O0'] : ['-O1', '-fomit-frame-pointer']),
    '-o',
    path,
    `${path}.c`,
  ])
  return {command: path, args: []}
}

/**
 * A program with functions `some_0` to `some_49`, each of which is called once, and among them `some_closed`, which is
 * never called: the kernel takes no probe on its instruction. Otherwise as `compiledProgram`.
 */
export function programWithRefused(context: Context, folder: string): Job {
  skipWithout(context, 'an instruction of x86', process.arch === 'x64')
  const closed = '__attribute__((naked, used)) void some_closed(void) { __asm__ volatile("cli; ret"); }'
  return calledOnce(context, join(folder, 'with refused'), 'some', 50, closed)
}

/** A program with so many functions `each_0`, `each_1` ..., each of which is called once. Otherwise as `compiledProgram`. */
export function programOfFunctions(context: Context, folder: string, functions: number): Job {
  return calledOnce(context, join(folder, 'of functions'), 'each', functions)
}

/** @param among one more function, in the middle, which is not called */
function calledOnce(context: Context, path: string, name: string, functions: number, among = ''): Job {
  skipWithout(context, 'a compiler', spawnSync('gcc', ['--version']).status === 0)
  const names = Array.from({length: functions}, (_, number) => `${name}_${number}`)
  const lines = names.map((each) => `__attribute__((noinline)) void ${each}(void) { __asm__ volatile(""); }`)
  writeFileSync(
    `${path}.c`,
    `#include <stdio.h>
${lines.toSpliced(functions >> 1, 0, among).join('\n')}
int main(void) {
  puts("ready"); fflush(stdout); getchar();
  ${names.map((each) => `${each}();`).join(' ')}
  puts("done"); fflush(stdout); while (getchar() != EOF);
}
`,
  )
  execFileSync('gcc', ['-O0', '-o', path, `${path}.c`])
  return {command: path, args: []}
}
