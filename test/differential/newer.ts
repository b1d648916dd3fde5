import {begins, type Case, since, traced} from './corpus.js'

const whole = (about: string, ...programs: string[]): Case[] => programs.map((program) => ({about, program}))

/** Programs in what bpftrace's language has got since 0.23; `since` is the release that says so. */
export const newer: readonly Case[] = [
  ...since(23, traced('returns of user functions', 'uretprobe:libc:syscall /OWN/ { @[func] = count(); }')),
  ...since(24, [
    ...begins(
      'truth values',
      'print(true); print(false);',
      'print(1 == 1); $b = 3 > 2; print($b); print(!$b); print(!5);',
      'print(1 && 0); print(2 || 0); print("a" == "a"); print(strncmp("abc", "abd", 2) == 0);',
      'printf("%d %d %s\\n", 1 == 1, false, true ? "y" : "n");',
      'print((5, true, "x", -1)); print(1 ? true : false);',
      'let $b: bool = true; if ($b) { print($b); }',
      '@a[1] = 2; print(has_key(@a, 1)); print(has_key(@a, 2));',
      '@a = true; @b[false] = 1;',
    ),
    ...begins(
      'differences of small numbers',
      '$a = (uint16)1; $b = (uint16)2; print($a - $b); print($a - $b < 0); print((uint8)1 - (uint8)2);',
      '$a = (uint32)1; print($a - (uint32)2); print((uint32)5 > (int32)-1); @[$a - (uint32)7] = 1;',
    ),
    ...begins(
      'ranges',
      'for $i : 0..5 { printf("%d ", $i); } printf("\\n");',
      '$a = 3; $b = 7; for ($i : $a..$b) { @[$i] = 1; }',
      'for $i : 3..3 { print("never"); } print("over");',
      'for ($i : 0..100) { if ($i == 1) { continue; } if ($i == 3) { break; } print($i); }',
      'for $i : 0..2 { for $j : 0..2 { @[$i, $j] = 1; } }',
    ),
    // The types of bounds are those of the numbers beside them: 0.27 warns where they are not.
    ...begins(
      'ranges that are known when the program runs',
      '$n = (int64)pid % 10 + 3; $c = 0; for ($i : 0..$n) { $c += 1; } print($c == $n);',
      '$n = (int64)pid * 0 + 5; for ($i : 0..$n) { $n = (int64)2; print($i); $i = (int64)50; print($i); } print($n);',
      '$n = (int64)pid * 0 + 5; for ($i : $n..$n) { print("never"); } for ($i : $n..3) { print("never"); } print(1);',
      '$n = (int64)pid * 0 - 3; $z = (int64)-5; for ($i : $n..2) { print($i); } for ($i : $n..$z) { print("never"); }',
      '$n = (uint64)pid * 0 + 18446744073709551610; $e = $n + 3; for ($i : $n..$e) { print($i); }',
      '$n = (uint64)pid * 0 + 5; $e = $n - 6; for ($i : $n..$e) { print("never"); } print("over");',
      '$n = (int64)pid * 0 + 9; for ($i : 0..$n) { if ($i == 1) { continue; } if ($i == 4) { break; } print($i); }',
      '$n = (int64)pid * 0 + 5; for ($i : 0..$n) { for ($j : $i..$n) { if ($j == 4) { break; } @[$i, $j] = $i * $j; } }',
      '$n = (int64)pid * 0 + 2; for ($i : 0..$n) { for ($j : 0..$n) { for ($k : 0..$n) { @[$i, $j, $k] = count(); } } }',
      '$n = (int64)pid * 0 + 300; $s = "x"; for ($i : 0..$n) { if ($i % 100 == 99) { $s = "abc"; @[$s, $i] = sum($i); } } print($s);',
      '$n = (int64)pid * 0 + 5; $s = 0; for ($i : 0..$n) { $s += 1; } if ($s == 1) { print("one"); } else { print($s); }',
      '@m[1] = 2; @m[5] = 7; $n = (int64)pid * 0 + 3; for ($kv : @m) { for ($i : 0..$n) { @s += $i * $kv.1; } }',
      '@m[1] = 2; @m[5] = 7; $n = (int64)pid * 0 + 3; for ($i : 0..$n) { for ($kv : @m) { @s += $i * $kv.0; } }',
    ),
    ...whole(
      'ranges that are left',
      'BEGIN { $n = (int64)pid * 0 + 5; for ($i : 0..$n) { for ($j : 0..$n) { if ($j == 2) { return; } print(($i, $j)); } } print("never"); } interval:ms:10 { exit(); }',
    ),
    ...begins(
      'large ranges',
      'for ($i : 0..100000) { @s += $i; }',
      'for ($i : 0..8388608) { @n += 1; }',
      'for ($i : 0..300) { for ($j : 0..300) { @s += $i * $j; } }',
    ),
    ...begins(
      'blocks with a value',
      '$x = { let $y = 5; $y + 1 }; print($x);',
      'print({ let $a = 5; $a * 2 });',
      'let $a = 1; { let $b = 2; $a += $b; } print($a);',
    ),
    ...begins('map loops without parentheses', '@a[1] = 5; @a[2] = 6; for $kv : @a { @s = sum($kv.1); }'),
    ...whole('probes in small letters', 'begin { print("small"); exit(); } end { print("over"); }'),
  ]),
  ...since(25, [
    ...begins(
      'units of time',
      'print(10ms); print(1s); print(3us); print(2m); print(500ms / 2);',
      '@n = 1ns; @h = 1h; @d = 1d;',
    ),
    ...begins('errors that are texts', 'print(strerror(2)); printf("%s\\n", strerror(13));'),
    ...begins('bytes the other way round', 'print(bswap((uint16)0x1234)); print(bswap((uint32)1));'),
    ...begins('numbers of the machine', 'print(ncpus);'),
    ...begins('parents', 'print(ppid > 0); print(pcomm != "");'),
    ...begins(
      'delete() that tells',
      '@a[1] = 1; if (delete(@a, 1)) { print("gone"); } print(delete(@a, 1));',
    ),
    ...whole(
      'maps of a kind',
      'let @m = lruhash(3); BEGIN { @m[1] = 1; @m[2] = 2; exit(); }',
      'let @m = hash(2); BEGIN { @m[1] = 1; @m[2] = 2; exit(); }',
      'let @m = percpuhash(10); BEGIN { @m[1] = count(); @m[1] = count(); exit(); }',
      'let @m = percpulruhash(10); BEGIN { @m[1] = count(); @m[1] = count(); exit(); }',
    ),
    ...whole(
      'macros',
      'macro twice(x) { x * 2 } BEGIN { print(twice(21)); exit(); }',
      'macro inc($v) { $v += 1; } BEGIN { $a = 5; inc($a); print($a); exit(); }',
      'macro note(@m, k) { @m[k] = 1; } BEGIN { note(@a, 7); note(@b, 8); exit(); }',
      'macro square(x) { let $y = x; $y * $y } BEGIN { $y = 3; print(square(4)); print($y); exit(); }',
    ),
    ...traced(
      'newer language with tracepoints',
      'ENTER { $how = args.flags & 3; for $i : 0..3 { @[$how, $i] = count(); } }',
      'ENTER { print((str(args.filename), args.flags == 0)); }',
      'ENTER { $f = str(args.filename); $n = (int64)args.flags & 3; for ($i : 0..$n) { @[$f, $i] = count(); } }',
      'let @last = lruhash(100); ENTER { @last[str(args.filename)] = args.flags; }',
    ),
  ]),
]
