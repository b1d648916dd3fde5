import type {Plan} from '../support/workload.js'

/** A program that both engines must run alike. */
export interface Case {
  /** The part of the language that it is about. */
  readonly about: string
  readonly program: string
  /** It is traced while a known workload runs, whose process is `$1`; else BEGIN does it all. */
  readonly traces?: true
  /** The oldest bpftrace that takes it, by its minor number. */
  readonly since?: number
}

/** What the workload of all programs does: `many` opens of one path, some of others, and one that ends the program. */
export const many = 23
export const lastPath = '/nx/end'
const lastFlags = 0o2000000
export const workload: Plan = {
  comm: 'differ',
  opens: [
    {call: 'openat', path: '/nx/one', times: many},
    {call: 'openat', path: '/nx/two', flags: 0o1101, mode: 0o640, times: 7},
    {call: 'open', path: '/nx/three', flags: 2, times: 5},
    {call: 'creat', path: '/nx/four/x', mode: 0o600, times: 3},
    {call: 'openat', path: '/nx/caf\xc3\xa9', times: 2},
    {call: 'openat', path: '/nx/bad\xe9', times: 2},
    {call: 'openat', path: null, times: 1},
    {call: 'openat', path: lastPath, flags: lastFlags},
  ],
}

export const begins = (about: string, ...bodies: string[]): Case[] =>
  bodies.map((body) => ({about, program: `BEGIN { ${body} exit(); }`}))
export const since = (minor: number, cases: Case[]): Case[] => cases.map((each) => ({...each, since: minor}))

const enter = 'tracepoint:syscalls:sys_enter_openat'
// bpftrace goes on until its reader has heard of exit(): what comes in the meantime must not count.
const ends = `${enter} /pid == $1 && str(args->filename) == "${lastPath}"/ { @over = 1; exit(); }`
const own = 'pid == $1 && !@over'
// Which of two tracepoints of one system call comes first is not said: the last open must not count.
const raw = `args->id == 257 && args->args[2] != ${lastFlags}`
/** Clauses for the workload; `ENTER` and `EXIT` are those of openat, and `RAW` is what is true of its opens. */
export const traced = (about: string, ...programs: string[]): Case[] =>
  programs.map((program) => ({
    about,
    program: `${program
      .replaceAll('ENTER', `${enter} /OWN/`)
      .replaceAll('EXIT', 'tracepoint:syscalls:sys_exit_openat /OWN/')
      .replaceAll('RAW', raw)
      .replaceAll('OWN', own)} ${ends}`,
    traces: true,
  }))

export const corpus: readonly Case[] = [
  ...begins(
    'integers',
    'printf("%d %d %d\\n", 1 + 2, 7 - 9, 6 * 7);',
    'printf("%d %d\\n", 17 / 5, 17 % 5);',
    'printf("%d %d %d\\n", 12 & 10, 12 | 3, 12 ^ 10);',
    'printf("%d %d %d\\n", 1 << 10, 1024 >> 3, ~5);',
    'printf("%d %d %d %d\\n", 1 < 2, 2 <= 1, 3 > 2, 2 >= 3);',
    'printf("%d %d %d\\n", 1 == 1, 1 != 1, !5);',
    'printf("%d %d\\n", 1 && 0, 0 || 3);',
    'printf("%d %d\\n", -5, - -5);',
    'printf("%d\\n", 2 + 3 * 4 - (5 - 1) / 2);',
    'printf("%llx %llx\\n", 0xdeadbeef, 0xffffffffffffffff);',
    'printf("%lld %lld\\n", 1000000, 0x10);',
    'printf("%lld\\n", 9223372036854775807);',
    '$a = (int64)-7; $b = (int64)3; printf("%lld %lld %lld\\n", $a / $b, $a % $b, $a >> 1);',
    '$a = 5; $a++; $a++; $a--; printf("%d\\n", $a);',
    '$a = 5; $a += 3; $a -= 1; $a *= 6; $a /= 2; $a %= 8; printf("%d\\n", $a);',
    '$a = 5; $a <<= 3; $a >>= 1; $a |= 3; $a &= 22; $a ^= 1; printf("%d\\n", $a);',
    'printf("%d %d\\n", 5 > 3 ? 1 : 2, 5 < 3 ? 1 : 2);',
    '$a = 3 > 2 ? 10 : 20; print($a);',
  ),
  ...begins(
    'casts',
    'printf("%d %d %d\\n", (int8)200, (int16)40000, (int32)3000000000);',
    'printf("%u %u %u\\n", (uint8)300, (uint16)70000, (uint32)5000000000);',
    'printf("%lld %llu\\n", (int64)-1, (uint64)-1);',
    '@a = (uint8)200; @b = (int8)200; @c = (uint16)65535; @d = (int32)-1; @e = (uint32)-1;',
    'printf("%d\\n", (uint8)250 + (uint8)10);',
    'printf("%d\\n", (int8)-3 < 2);',
  ),
  ...begins(
    'texts',
    'printf("%s|%s\\n", "abc", "");',
    'printf("%s\\n", "tab\\there \\"quoted\\" back\\\\slash");',
    'printf("\\x41\\102\\n");',
    '$s = "hello"; printf("%s\\n", $s);',
    'if ("abc" == "abc") { printf("same\\n"); } if ("abc" == "abd") { printf("wrong\\n"); }',
    'if ("abc" != "abd") { printf("differ\\n"); }',
    'if (strncmp("abcdef", "abcxyz", 3) == 0) { printf("prefix\\n"); }',
    'if (strncmp("abcdef", "abcxyz", 4) != 0) { printf("no prefix\\n"); }',
    '@s = "value"; @k["key"] = "text";',
    'printf("%s\\n", "é");',
  ),
  ...begins(
    'pointers that count',
    '$p = (int32 *)0; $p++; ++$p; $q = $p--; printf("%d %d\\n", (uint64)$p, (uint64)$q);',
    '@p = (int64 *)8; @p++; @p++; @p--; printf("%d\\n", (uint64)@p); clear(@p);',
  ),
  ...begins('the least number', 'print(-9223372036854775808); @ = -9223372036854775808;'),
  ...begins(
    'printf',
    'printf("%5d|%-5d|%05d|%3d\\n", 42, 42, 42, 12345);',
    'printf("%x %X %o %u\\n", 255, 255, 8, 7);',
    'printf("%s|%10s|%-10s|\\n", "abc", "abc", "abc");',
    'printf("%c%c%c\\n", 72, 105, 33);',
    'printf("%p %p\\n", 4096, 0);',
    'printf("%ld %lu %lx %lld %llu %llx\\n", 5000000000, 5000000000, 5000000000, -1, -1, -1);',
    'printf("%hd %hu %hhd %hhu\\n", 70000, 70000, 300, 300);',
    'printf("%d %u %x\\n", 5000000000, 5000000000, 5000000000);',
    'printf("%.3s|%8.3s|%.5d\\n", "abcdef", "abcdef", 42);',
    'printf("no line feed"); printf("\\n");',
    'printf("many %d %d %d %d %d %d %d %s %s\\n", 1, 2, 3, 4, 5, 6, 7, "a", "b");',
    'printf("%s %d %s\\n", probe, 5, "end");',
    'printf("%r|%rx|%rh\\n", buf("ab", 2), buf("cd", 2), buf("ef", 2));',
  ),
  ...begins(
    'print',
    'print(5); print(-5); print("text");',
    'print((1, "a", -3)); print((1, (2, "b")));',
    '@a[1] = 5; @a[2] = 3; @a[3] = 9; print(@a); clear(@a);',
    '@a[1] = 5; @a[2] = 3; @a[3] = 9; print(@a, 2); clear(@a);',
    '@a[1] = 50; @a[2] = 30; @a[3] = 90; print(@a, 2, 10); print(@a, 0, 7); clear(@a);',
    '@c = count(); print(@c); @c = count();',
    '@x = 5; print(@x); zero(@x); print(@x);',
    '@z["a"] = count(); zero(@z); print(@z);',
    'print(ntop(0x0100007f)); print(probe);',
    'time("%%\\n"); time("no directive\\n");',
  ),
  ...begins(
    'maps',
    '@a = 1; @b[1] = 2; @c[1, "x"] = 3; @d["x", 2, 3] = 4;',
    '@a[1] = 10; @a[2] = 20; delete(@a[1]);',
    '@a[1] = 10; clear(@a); @a[2] = 5;',
    '@a[1] = 10; if (@a[1]) { printf("there\\n"); } if (@a[2]) { printf("wrong\\n"); }',
    '@a[1]++; @a[1]++; @a[2] += 5; @a[1] *= 7;',
    '@a = 5; @b = @a + 1; @c[@a] = @b;',
    '@a["k"] = 1; $v = @a["k"]; printf("%d\\n", $v);',
    '@neg[-5] = -7; @neg[5] = 7;',
    '@big[18446744073709551615] = 3;',
    '@k[(uint8)200] = 1; @k[(uint8)100] = 2;',
    '@t = (1, "two", (3, 4));',
    '@t["k"] = (1, "x"); @t["j"] = (2, "y");',
    '@ = 5;',
    '@a[1] = 1; @a[1] = 2; @a[1] = 3;',
    '@n[0] = 0; @e = 0;',
    '@s[1] = "one"; @s[2] = "two"; @s[1] = "uno";',
    '@ip[ntop(0x0100007f)] = 1; @ip2 = ntop(0x0200007f);',
    '@p[probe] = 1;',
  ),
  ...begins(
    'aggregations',
    '@ = count(); @ = count(); @ = count();',
    '@["a"] = count(); @["b"] = count(); @["a"] = count();',
    '@ = sum(5); @ = sum(7); @ = sum(-3);',
    '@[1] = sum(5); @[2] = sum(7);',
    '@ = avg(3); @ = avg(8);',
    '@ = avg(-3); @ = avg(-4);',
    '@["x"] = avg(10); @["y"] = avg(2); @["x"] = avg(21);',
    '@ = min(5); @ = min(3); @ = min(9);',
    '@ = max(5); @ = max(13); @ = max(9);',
    '@ = min(-5); @ = min(3);',
    '@ = max(-9); @ = max(-5);',
    '@a = max(5); @b["k"] = min(7); @b["k"] = min(2);',
    '@ = stats(3); @ = stats(8);',
    '@["x"] = stats(10); @["y"] = stats(2);',
  ),
  ...begins(
    'histograms',
    '@ = hist(0); @ = hist(1); @ = hist(2); @ = hist(3); @ = hist(100); @ = hist(100000);',
    '@ = hist(-1); @ = hist(-5); @ = hist(7);',
    '@["a"] = hist(5); @["b"] = hist(6); @["b"] = hist(7);',
    '@[1, "x"] = hist(1023); @[1, "x"] = hist(1024);',
    '@ = hist(1048575); @ = hist(1048576); @ = hist(1073741824);',
    '@ = lhist(5, 0, 100, 10); @ = lhist(15, 0, 100, 10); @ = lhist(99, 0, 100, 10);',
    '@ = lhist(-5, 0, 100, 10); @ = lhist(100, 0, 100, 10); @ = lhist(5000, 0, 100, 10);',
    '@["k"] = lhist(3, 0, 20, 2); @["k"] = lhist(9, 0, 20, 2);',
    '@ = lhist(2048, 0, 10240, 1024); @ = lhist(5000, 0, 10240, 1024);',
    '@h["a"] = hist(5); @h["b"] = hist(6); @h["b"] = hist(6); print(@h, 1); clear(@h);',
  ),
  ...begins(
    'control flow',
    'if (1) { printf("yes\\n"); } else { printf("no\\n"); }',
    'if (0) { printf("a\\n"); } else if (1) { printf("b\\n"); } else { printf("c\\n"); }',
    '$i = 0; while ($i < 5) { printf("%d ", $i); $i++; } printf("\\n");',
    '$i = 0; while (1) { $i++; if ($i == 3) { continue; } if ($i > 5) { break; } printf("%d ", $i); }',
    '$i = 0; unroll(4) { $i += 2; printf("%d ", $i); }',
    '$i = 0; while ($i < 100) { @sum = sum($i); $i++; }',
    '@a[1] = 1; if (@a[1] == 1 && @a[2] == 0) { printf("both\\n"); }',
    '1 == 1 ? printf("yes\\n") : printf("no\\n"); pid == 0 ? printf("wrong\\n") : (1 == 0 ? exit() : printf("else\\n"));',
  ),
  ...begins(
    'builtins and functions',
    'printf("%d %d\\n", uid, gid);',
    'printf("%s\\n", username);',
    'printf("%d\\n", nsecs > 0);',
    'printf("%d\\n", elapsed > 0);',
    'printf("%d\\n", cpu >= 0);',
    'printf("%d\\n", pid > 0 && tid >= pid);',
    'printf("%d\\n", rand >= 0 || rand < 0);',
    'printf("%s\\n", ksym(kaddr("vfs_read")));',
    '@[ksym(kaddr("vfs_read"))] = 1;',
    'printf("%s %s\\n", ntop(0x0100007f), ntop(2, 0x0200007f));',
    'printf("%d\\n", sizeof(uint64));',
    'printf("%d\\n", kaddr("vfs_read") == kaddr("vfs_read"));',
    'printf("%s\\n", strftime("%Y", nsecs));',
    'printf("%d\\n", cgroup > 0);',
    'printf("%s\\n", str(0));',
    'cat("/proc/sys/kernel/ostype");',
    'cat("/proc/sys/kernel/%s", "osrelease");',
    'printf("%d\\n", curtask != 0);',
    'printf("%d\\n", curtask->pid == tid);',
    'printf("%d\\n", curtask->tgid == pid);',
    'printf("%d\\n", ((struct task_struct *)curtask)->pid == tid);',
    'printf("%d\\n", curtask->real_parent->tgid > 0);',
    'printf("%d\\n", curtask->group_leader->pid == pid);',
    'printf("%s\\n", curtask->nsproxy->uts_ns->name.sysname);',
  ),
  ...since(20, [
    ...begins(
      'hist() with bits',
      '@ = hist(100, 2); @ = hist(1000, 2); @ = hist(7, 2);',
      '@ = hist(1500, 5);',
    ),
    ...begins(
      'strcontains',
      'printf("%d %d\\n", strcontains("abcdef", "cde"), strcontains("abcdef", "ce"));',
      '$a = "aab"; $b = "aabb"; printf("%d %d\\n", strcontains("aaaab", $a), strcontains("aaaab", $b));',
      '$a = ""; $b = "b"; printf("%d %d\\n", strcontains("ab", $a), strcontains($a, $b));',
    ),
    ...traced(
      'strcontains of texts from memory',
      'ENTER { @[strcontains(str(args->filename), comm), strcontains(str(args->filename), str(args->filename))] = count(); }',
      'ENTER { $part = "x/o"; if (strcontains(str(args->filename), $part)) { @ = count(); } }',
    ),
  ]),
  ...since(22, [
    ...begins(
      'loops over maps',
      '@a[1] = 10; @a[2] = 20; for ($kv : @a) { @sum = sum($kv.1); }',
      '@a[5] = 7; for ($kv : @a) { printf("%d %d\\n", $kv.0, $kv.1); } clear(@a);',
    ),
    ...begins('print of an entry', '@k["key"] = "text"; print(@k["key"]);'),
    ...begins('tuples as keys', '@[(1, "x")] = 5; @[(2, "y")] = 6;'),
    ...begins('declared variables', 'let $a = 5; printf("%d\\n", $a);'),
    ...begins('has_key', '@a[1] = 1; printf("%d %d\\n", has_key(@a, 1), has_key(@a, 2));'),
    ...begins('delete with a key', '@a[1] = 1; @a[2] = 2; delete(@a, 1);'),
    ...begins('aggregations read', '@c = count(); @c = count(); printf("%d\\n", (int64)@c);'),
    ...begins('tuples taken apart', '$t = (1, "b", 3); printf("%d %s %d\\n", $t.0, $t.1, $t.2);'),
  ]),
  ...since(
    23,
    traced('lengths of stacks', 'ENTER { @[len(kstack(2)), len(ustack(1)), len(kstack) > 2] = count(); }'),
  ),
  ...since(23, [
    ...begins(
      'offsetof',
      'printf("%d %d\\n", offsetof(struct task_struct, comm) > 0, offsetof(struct list_head, prev));',
    ),
    ...begins(
      'addresses of networks',
      'print(pton("127.0.0.1")); print(pton("::1")); $x = pton("10.0.0.1"); printf("%d %s\\n", $x[0], ntop($x));',
      '@a = pton("1.2.3.4"); if (pton("1.2.3.4") == @a) { printf("same\\n"); } printf("%s\\n", ntop(pton("fe80::1:2")));',
    ),
    ...begins('clocks', 'printf("%d %d\\n", nsecs(sw_tai) > nsecs(boot), nsecs(monotonic) > 0);'),
    ...begins(
      'buffers compared',
      'if (buf("abc", 3) == buf("abc", 3)) { printf("same\\n"); } if (buf("abc", 3) != buf("abd", 3)) { printf("differ\\n"); }',
    ),
    {about: 'a value of return', program: 'BEGIN { @ = 1; exit(); if (@ == 1) { return 1; } @ = 2; }'},
  ]),
  ...begins(
    'dates',
    'time("%Y-%m-%d\\n");',
    'printf("%s %s\\n", strftime("%d/%m/%y", nsecs), strftime("%j %a %b", nsecs));',
    '@[strftime("%F", nsecs)] = 1;',
  ),
  ...since(23, [
    ...begins(
      'several keys in a loop',
      '@a[1, "x"] = 2; for ($kv : @a) { printf("%d %s %d\\n", $kv.0.0, $kv.0.1, $kv.1); }',
    ),
    ...begins('numbers of the machine', 'printf("%d %d\\n", numaid, jiffies > 0);'),
    ...traced(
      'cgroups',
      'ENTER { printf("%s\\n", cgroup_path(cgroup)); }',
      'ENTER { printf("%d\\n", cgroup == curtask->cgroups->dfl_cgrp->kn->id); }',
    ),
    // Of open(2), as the last call is another.
    ...traced(
      'raw tracepoints',
      'rawtracepoint:sys_enter /OWN && arg1 == 2/ { @ = count(); }',
      'rawtracepoint:sys_enter /OWN && arg1 == 2/ { @[str(uptr(((struct pt_regs *)arg0)->di))] = count(); }',
    ),
    ...traced('raw stacks', 'ENTER { @[kstack(raw, 1)] = count(); }'),
  ]),
  ...begins(
    'parameters',
    'printf("%d %d %s\\n", $2, $#, str($3));',
    'printf("[%s] %d\\n", str($9), $9);',
    'printf("%s|%s\\n", str($3 + 1), str($3 + 3));',
  ),
  {
    about: 'return',
    program: 'BEGIN { printf("before\\n"); exit(); if (1) { return; } printf("after\\n"); }',
  },
  {about: 'END', program: 'BEGIN { @ = 5; exit(); } END { printf("end %d\\n", @); }'},
  {about: 'END', program: 'BEGIN { @a[1] = 5; exit(); } END { clear(@a); printf("cleared\\n"); }'},
  {
    about: 'END',
    program:
      'BEGIN { @n = 5; @m = max(5); @s = "x"; @h = hist(4); @t = (1, 2); @a = avg(4); exit(); } END { clear(@n); clear(@m); clear(@s); clear(@h); clear(@t); clear(@a); printf("cleared\\n"); }',
  },
  {about: 'comments', program: '/* a */ BEGIN { // b\n printf("c\\n"); /* d */ exit(); }'},
  {about: 'constants', program: '#define ANSWER 42\nBEGIN { printf("%d\\n", ANSWER); exit(); }'},
  ...since(23, [
    ...[
      'printf("%s %d\\n", B, B); print(A); @x = A; $e = B; print($e); print(A + 1);',
      'printf("%s %d %x\\n", D, D, D); $x = 2; printf("%s\\n", (enum e)$x); $x = 5; printf("%s\\n", (enum e)$x);',
      '@a[1] = B; @a[2] = A; @a[3] = C; @k[B, 1] = 5; @t = (C, 3);',
    ].map((body) => ({
      about: 'enumerations',
      program: `enum e { A = 1, B, C = 10, D = C + 1 };\nBEGIN { ${body} exit(); }`,
    })),
  ]),
  {
    about: 'the preprocessor',
    program:
      '#define A 1\n#undef A\n#define A 2\n#define F(x) x\n#if defined(A)\n#define B 3\n#else\n#define B 4\n#endif\nBEGIN { printf("%d %d\\n", A, B); exit(); }',
  },
  {
    about: 'structures in structures',
    program:
      'struct a { int x; struct { int y; int z; }; union { int u; long v; } w; struct b { int k; } q; int (*f)(int, char *); int g; };\nBEGIN { $p = (struct a *)curtask; printf("%d %d %d\\n", sizeof(struct a), sizeof(struct b), $p->z == $p->z && $p->w.u == $p->w.u && $p->q.k == $p->q.k); exit(); }',
  },
  {
    about: 'structures',
    program:
      'struct pair { int a; char b; long c; };\nBEGIN { printf("%d\\n", sizeof(struct pair)); exit(); }',
  },
  ...[
    'struct ring { int v; struct ring *next; struct ring *all[2]; };\nBEGIN { $p = (struct ring *)curtask; printf("%d\\n", sizeof(struct ring)); if (pid == 0) { print(($p->next->next->v, $p->all[1]->v)); } exit(); }',
    'struct early { struct late *next; };\nunion both { long v; union both *other; struct early *back; };\nstruct late { int c[6]; union both *u[2][2]; struct { struct early *up; } in; };\nBEGIN { $p = (struct early *)0; printf("%d %d %d\\n", sizeof(struct late), sizeof($p->next->c), sizeof($p->next->in.up->next->u)); if (pid == 0) { print($p->next->u[1][0]->other->back->next->c[1]); } exit(); }',
  ].map((program) => ({about: 'structures that point to each other', program})),
  {
    about: 'floating-point numbers in structures',
    program:
      'struct floats { float x; double y[2]; int z; long double w; char c; };\nBEGIN { $f = (struct floats *)curtask; if ($f->z == $f->z) { printf("%d\\n", sizeof(struct floats)); } exit(); }',
  },
  {
    about: 'lengths of arrays that are constants',
    program:
      '#define N 4\nstruct lengths { int x[N]; char y[N * 2 + 1]; int b : N, c : 2; };\nBEGIN { print(sizeof(struct lengths)); exit(); }',
  },
  {
    about: 'free bits in structures',
    program:
      'struct bits { char a; unsigned char : 3; unsigned char b : 5; int : 0; char c; int d : 3, : 20; int e : 10; };\nBEGIN { print(sizeof(struct bits)); exit(); }',
  },
  {
    about: 'enumerations in structures',
    program:
      'enum e { A = 1, B };\nstruct enums { enum { X = 3, Y } x; char c; enum e e; enum f { Z = 9 } f; };\nBEGIN { print(sizeof(struct enums)); printf("%d %d\\n", Y + Z, B); exit(); }',
  },
  ...since(27, [
    {
      about: 'packed structures',
      program:
        'struct tight { char a; int b; long c; } __attribute__((packed));\nstruct tighter { char a; int b : 3; long c : 40; struct tight x; short z; } __attribute__((packed));\nstruct loose { char a; struct tight s; int b; };\nBEGIN { print((sizeof(struct tight), sizeof(struct tighter), offsetof(struct tighter, x), offsetof(struct tighter, z), sizeof(struct loose), offsetof(struct loose, b))); exit(); }',
    },
    {
      about: 'floating-point numbers in structures',
      program:
        'struct floats { float x; double y[2]; int z; long double w; };\nBEGIN { $f = (struct floats *)0; print(*$f); @ = *$f; print(offsetof(struct floats, w)); exit(); }',
    },
  ]),
  {
    about: 'arrays compared',
    program:
      'struct two { int a[5]; int b[5]; };\nBEGIN { $p = (struct two *)curtask; if ($p->a == $p->a) { printf("same\\n"); } if ($p->a != $p->b) { printf("differ\\n"); } exit(); }',
  },
  ...traced(
    'tracepoint fields',
    'ENTER { @[str(args->filename)] = count(); }',
    'ENTER { printf("%s %d %d\\n", str(args->filename), args->flags, args->mode); }',
    'ENTER { printf("%d %s\\n", args->dfd, str(args->filename)); }',
    'ENTER { @[args->flags] = count(); }',
    'EXIT { @[args->ret] = count(); }',
    'EXIT { printf("%d\\n", args->ret); }',
    'ENTER { print((str(args->filename), args->flags)); }',
    'ENTER { @[comm, args->flags] = count(); }',
    'ENTER { @[str(args->filename, 5)] = count(); }',
    'ENTER { @[pid == $1, tid == $1, uid, gid] = count(); }',
    'ENTER { @[probe] = count(); }',
    'ENTER { printf("%r\\n", buf(args->filename, 4)); }',
    'ENTER { printf("%rx\\n", buf(args->filename, args->flags & 7)); }',
    'ENTER { @len = hist(args->flags); }',
    'ENTER { @ = lhist(args->flags, 0, 1000, 100); }',
    'ENTER { @s = stats(args->flags); @a = avg(args->flags); @x = max(args->flags); @n = min(args->flags); }',
    'ENTER { @sum[comm] = sum(args->flags); }',
    'tracepoint:syscalls:sys_enter_open /OWN/ { printf("open %s %d\\n", str(args->filename), args->flags); }',
    'tracepoint:syscalls:sys_enter_creat /OWN/ { printf("creat %s %o\\n", str(args->pathname), args->mode); }',
    'tracepoint:syscalls:sys_enter_open, tracepoint:syscalls:sys_enter_creat /OWN/ { @[probe] = count(); }',
    'tracepoint:raw_syscalls:sys_enter /OWN && RAW/ { @ = count(); }',
    'tracepoint:raw_syscalls:sys_enter /OWN && RAW/ { @[args->args[2]] = count(); }',
    'tracepoint:raw_syscalls:sys_exit /OWN && args->id == 257/ { @[args->ret] = count(); }',
  ),
  ...traced(
    'wildcards',
    'tracepoint:syscalls:sys_enter_open* /OWN/ { @[probe] = count(); }',
    'tracepoint:syscalls:sys_e*_creat /OWN/ { @[probe] = count(); }',
    'uprobe:libc:sysca* /OWN/ { @[probe] = count(); }',
  ),
  ...traced(
    'users and memory of processes',
    'ENTER { @[username] = count(); }',
    'ENTER { @[str(uptr(args->filename))] = count(); }',
  ),
  ...traced(
    'predicates',
    'ENTER { if (args->flags & 64) { @creating = count(); } else { @others = count(); } }',
    `${enter} /OWN && args->flags == 577/ { @ = count(); }`,
    `${enter} /comm == "differ" && !@over/ { @ = count(); }`,
    `${enter} /OWN && str(args->filename) == "/nx/one"/ { @ = count(); }`,
    `${enter} /OWN && strncmp(str(args->filename), "/nx/t", 5) == 0/ { @ = count(); }`,
    `${enter} /OWN && !(args->flags)/ { @ = count(); }`,
  ),
  ...traced(
    'entries with their returns',
    'ENTER { @name[tid] = args->filename; } EXIT { @failed[str(@name[tid])] = count(); delete(@name[tid]); } END { clear(@name); }',
    'ENTER { @start[tid] = nsecs; } EXIT { if (@start[tid]) { @took = count(); delete(@start[tid]); } } END { clear(@start); }',
    'ENTER { @flags[tid] = args->flags; } EXIT { print((@flags[tid], args->ret)); } END { clear(@flags); }',
  ),
  ...traced(
    'user functions',
    'uprobe:libc:syscall /OWN/ { @[arg0] = count(); }',
    'uprobe:libc:syscall /OWN && arg0 == 257/ { printf("%s %d\\n", str(arg2), arg3); }',
    'uretprobe:libc:syscall /OWN/ { @[retval] = count(); }',
    'uprobe:libc:syscall /OWN/ { @[reg("di")] = count(); }',
    'uprobe:libc:syscall /OWN/ { @[probe] = count(); }',
    'uprobe:libc:syscall /OWN/ { @[func] = count(); }',
    'uprobe:libc:syscall /OWN/ { @[ustack(1)] = count(); }',
    'uprobe:libc:syscall /OWN/ { @[usym(reg("ip"))] = count(); }',
    'uprobe:libc:syscall /OWN/ { printf("%d %llx\\n", *uaddr("opterr"), (uint64)uaddr("environ") - (uint64)uaddr("opterr")); }',
    'uprobe:libc:syscall /OWN/ { printf("%d %d\\n", sizeof(*uaddr("opterr")), sizeof(*uaddr("environ"))); }',
  ),
  ...traced(
    'arrays of characters',
    'struct three { char c[3]; };\nENTER { $t = (struct three *)args->filename; @[$t->c] = count(); @same[$t->c == "/nx", sizeof($t->c)] = count(); }',
  ),
  ...traced(
    'kernel stacks and structures',
    'ENTER { @[curtask->comm] = count(); }',
    'ENTER { @[curtask->mm->owner->tgid == pid] = count(); }',
    'ENTER { @[((uint64 *)curtask->comm)[0]] = count(); }',
    'ENTER { @[kstack(3)] = count(); }',
    'ENTER { @[comm, kstack(perf, 2)] = count(); }',
    'ENTER { printf("%s\\n", kstack(2)); }',
    'ENTER { @[kstack(1), ustack(1)] = count(); }',
  ),
  ...since(
    23,
    [
      'iter:task { if (ctx->task->tgid == $1) { @[ctx->task->comm] = count(); } }',
      'iter:task { if (ctx->task->pid == $1) { printf("%s %d\\n", ctx->task->comm, ctx->task->tgid == $1); } }',
      'iter:task_file { if (ctx->task->pid == $1) { printf("%d %d\\n", ctx->fd, ctx->file->f_flags & 3); } }',
      // Those of files: how many the heap of the workload has is chance.
      'iter:task_vma { if (ctx->task->pid == $1 && (uint64)ctx->vma->vm_file != 0) { @ = count(); @bytes = sum(ctx->vma->vm_end - ctx->vma->vm_start); } }',
      'iter:task { if (ctx->task->pid == $1) { @seen = ctx->meta->seq_num > 0; } }',
    ].map((program) => ({about: 'iterators', program, traces: true})),
  ),
  ...since(23, [
    {
      about: 'settings',
      program: 'config = { print_maps_on_exit = 0 } BEGIN { @ = 5; printf("x\\n"); exit(); }',
    },
    {about: 'settings', program: 'config = { max_cat_bytes = 3 } BEGIN { cat("/proc/version"); exit(); }'},
    ...traced(
      'settings',
      'config = { stack_mode = perf } ENTER { @[kstack(2)] = count(); }',
      'config = { max_strlen = 64; str_trunc_trailer = "~" } ENTER { printf("%s\\n", str(args.filename)); }',
      'config = { max_strlen = 9 } tracepoint:syscalls:sys_enter_creat /OWN/ { printf("%s\\n", str(args.pathname)); }',
    ),
  ]),
  // How often is chance: that it happened is what is the same.
  ...[
    'profile:hz:99 { @[probe] = 1; exit(); }',
    'profile:us:900 { @[probe] = 1; exit(); }',
    'interval:ms:7 { @[probe] = 1; exit(); }',
    'software:cpu-clock:1000000 { @ = 1; exit(); }',
    'software:context-switches:1 { @ = 1; exit(); }',
    // Once: in a guest, bpftrace has no end of page faults to tell of.
    'software:page-faults:1 /!@/ { @ = 1; exit(); }',
  ].map((program) => ({about: 'timers and software events', program})),
]
