import {execFileSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Running} from './processes.js'

/**
 * A program that is busy when told to: a line on stdin says for how long, in seconds of its own CPU time, and how.
 * It prints its thread ids first, and then the CPU time that it really used, after each line.
 *
 * `user` calls outer(), which calls inner(); `kernel` reads /dev/zero; `stacks` calls itself in 256 different ways; `library`
 * loads that of its third argument and calls its function late(); `exec` runs the program of its third argument with the
 * rest of its arguments, at once. Each of its threads does the same.
 */
const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long sink;
static char buffer[1 << 20];
static int zero;
static char how[16];
static double seconds;
static int threads, number;
static char *library;
static void (*late)(void);

static double used(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

void inner(void) {
  for (int i = 0; i < 500000; i++) sink += i;
}
void outer(void) {
  inner();
  sink++;
}

void odd(unsigned bits, int depth);
void even(unsigned bits, int depth) {
  if (depth == 0) for (int i = 0; i < 5000; i++) sink += i;
  else if (bits & 1) odd(bits >> 1, depth - 1);
  else even(bits >> 1, depth - 1);
  sink++;
}
void odd(unsigned bits, int depth) {
  even(bits, depth);
  sink++;
}

static void work(void) {
  double end = used(CLOCK_THREAD_CPUTIME_ID) + seconds;
  unsigned bits = 0;
  do {
    if (strcmp(how, "library") == 0) {
      if (late == NULL) late = dlsym(dlopen(library, RTLD_NOW), "late");
      late();
    }
    else if (strcmp(how, "kernel") == 0) sink += read(zero, buffer, sizeof buffer);
    else if (strcmp(how, "stacks") == 0) for (int i = 0; i < 100; i++) even(bits++, 8);
    else outer();
  } while (used(CLOCK_THREAD_CPUTIME_ID) < end);
}

static pthread_barrier_t barrier;
static void *thread(void *name) {
  pthread_setname_np(pthread_self(), name);
  printf("%ld ", (long) syscall(SYS_gettid));
  pthread_barrier_wait(&barrier);
  for (;;) {
    pthread_barrier_wait(&barrier);
    work();
    pthread_barrier_wait(&barrier);
  }
}

int main(int count, char **arguments) {
  threads = count > 2 ? atoi(arguments[2]) : 1;
  if (count > 1 && arguments[1][0] != 0) pthread_setname_np(pthread_self(), arguments[1]);
  library = count > 3 ? arguments[3] : NULL;
  zero = open("/dev/zero", O_RDONLY);
  pthread_barrier_init(&barrier, NULL, threads);
  printf("%d ", getpid());
  for (int i = 1; i < threads; i++) {
    pthread_t started;
    pthread_create(&started, NULL, thread, count > 1 && arguments[1][0] != 0 ? arguments[1] : "worker");
  }
  pthread_barrier_wait(&barrier);
  printf("\\n");
  fflush(stdout);
  while (scanf("%lf %15s %d", &seconds, how, &number) == 3) {
    if (strcmp(how, "exec") == 0) execv(arguments[3], arguments + 3);
    double before = used(CLOCK_PROCESS_CPUTIME_ID);
    if (threads > 1) pthread_barrier_wait(&barrier);
    work();
    if (threads > 1) pthread_barrier_wait(&barrier);
    printf("%d used %f\\n", number, used(CLOCK_PROCESS_CPUTIME_ID) - before);
    fflush(stdout);
  }
}
`

/** Compiles it, with frame pointers. @param options for the compiler, such as another name for a function */
export function compileBusy(folder: string, name: string, options: readonly string[] = []): string {
  const file = join(folder, 'busy.c')
  const program = join(folder, name)
  writeFileSync(file, source)
  // Optimised, even with frame pointers a function that calls no other has no frame.
  const usual = ['-O0', '-fno-omit-frame-pointer', '-pthread']
  execFileSync('cc', [...usual, ...options, '-o', program, file, '-ldl'])
  return program
}

/** Compiles the library that it can load. */
export function compileLibrary(folder: string): string {
  const [file, library] = [join(folder, 'late.c'), join(folder, 'late.so')]
  writeFileSync(
    file,
    'volatile unsigned long sink; void late(void) { for (int i = 0; i < 500000; i++) sink += i; }',
  )
  execFileSync('cc', ['-O0', '-fPIC', '-shared', '-o', library, file])
  return library
}

type How = 'user' | 'kernel' | 'stacks' | 'library'

/** One that runs. */
export class Busy {
  readonly #running: Running
  #number = 0
  readonly tids: readonly number[]

  private constructor(running: Running, firstLine: string) {
    this.#running = running
    this.tids = firstLine.trim().split(' ').map(Number)
  }

  /** @param args the name of its threads, how many they are, and what to load or exec */
  static async start(program: string, ...args: readonly string[]): Promise<Busy> {
    return Busy.running(new Running(program, args))
  }

  /** One that another program starts, such as `unshare`. */
  static async running(running: Running): Promise<Busy> {
    return new Busy(running, await running.firstLine)
  }

  get pid(): number {
    return this.tids[0] ?? 0
  }

  /** Uses so many seconds of CPU time in each thread; gives the CPU time that all threads really used. */
  async work(seconds: number, how: How = 'user'): Promise<number> {
    const number = ++this.#number
    this.#running.send(`${seconds} ${how} ${number}\n`)
    const answer = new RegExp(`^${number} used (.*)\n`, 'm')
    await this.#running.written(`${number} used `)
    return Number(answer.exec(this.#running.stdout)?.[1])
  }

  /** Becomes the program it was given; resolves when that one is ready. */
  async exec(): Promise<void> {
    this.#running.send('0 exec 0\n')
    await this.#running.written(`\n${this.pid} `)
  }

  async end(): Promise<void> {
    this.#running.closeInput()
    await this.#running.outcome
  }
}
