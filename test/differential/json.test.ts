import assert from 'node:assert/strict'
import {bpftraces} from '../support/bpftraces.js'
import {Running, tstrace} from '../support/processes.js'

const minorOf = ({version}: {version: string}): number => Number(version.split('.')[1])
const versions = await bpftraces()

/** What all versions write in one form, but for spaces. */
const plain: readonly string[] = [
  'printf("a \\"q\\" %d\\n\\t%s\\\\", 5, "x");',
  'print(5); print(-7); print("text"); print((1, "a", (2, 3)));',
  'cat("/proc/sys/kernel/ostype"); system("echo hi");',
  '@c = count(); @m["a", 1] = 5; @m["b", 2] = 3; @i[1] = 10; @s = "str"; print(@m); print(@m, 1); print(@c);',
  '@h = hist(5); @h = hist(100); @k["k"] = hist(3); @k["j"] = hist(100); print(@h); clear(@h);',
  '@ = hist(-5); @z = hist(0);',
  '@l = lhist(5, 0, 100, 10); @l = lhist(25, 0, 100, 10); @l = lhist(500, 0, 100, 10); @n = lhist(-1, 0, 10, 2);',
  '@s = stats(3); @s = stats(8); @k["x"] = stats(4); @a = avg(3); @a = avg(8); @b[1] = avg(4);',
  '@a = min(4); @b = max(-4); @c = sum(-5); @d[1] = sum(7);',
  '@n = ntop(0x0100007f); @ks = ksym(kaddr("vfs_read")); print(ntop(0x0200007f));',
]

/** What has this form since 0.27. */
const newest: readonly string[] = [
  '@a = (uint64)-1; @b = 9223372036854775807; @c[9007199254740993] = 9007199254740992; print(9007199254740993);',
  'print(buf("a\\x01", 2)); @b = buf("ab", 2);',
  '@t = (1, "x"); print(true); print(curtask != 0);',
  'print(((struct task_struct *)curtask)->start_time > 0); @e[1, 2, 3] = 1;',
]

const program = (body: string): string => `BEGIN { ${body} exit(); }`

async function own(body: string): Promise<string> {
  const args = ['run', '-q', '-f', 'json', '--unsafe', '--engine', 'embedded', '-e', program(body)]
  const {code, stdout, stderr} = await tstrace(args).outcome
  assert.equal(code, 0, stderr)
  return stdout
}

async function theirs(path: string, body: string): Promise<string> {
  const bpftrace = new Running(path, ['-q', '-f', 'json', '--unsafe', '-e', program(body)])
  return (await bpftrace.outcome).stdout.replace(/^\n+/gm, '')
}

const values = (lines: string): unknown[] => {
  const parsed: unknown[] = []
  for (const line of lines.split('\n')) if (line !== '') parsed.push(JSON.parse(line))
  return parsed
}

describe('lines of JSON are those of bpftrace', () => {
  for (const bpftrace of versions.filter((each) => minorOf(each) >= 23)) {
    for (const body of plain) {
      it(`${bpftrace.version}: ${body}`, async () =>
        assert.deepEqual(values(await own(body)), values(await theirs(bpftrace.path, body))))
    }
  }
  for (const bpftrace of versions.filter((each) => minorOf(each) >= 27)) {
    for (const body of newest)
      it(`${bpftrace.version}: ${body}`, async () =>
        assert.equal(await own(body), await theirs(bpftrace.path, body)))
  }
})
