import assert from 'node:assert/strict'
import {once} from 'node:events'
import {createServer} from 'node:net'
import {join} from 'node:path'
import {libraryPath} from '../support/library.js'
import {bt} from '#src/engine/program/bt.js'
import {bpftraces, type Bpftrace} from '../support/bpftraces.js'
import type {CallPlan} from '../support/libcalls.js'
import {type Maps, mapsOf} from '../support/maps.js'
import {Running} from '../support/processes.js'
import {compile, types} from '../support/specifiers.js'
import {skipWithout} from '../support/skip.js'

const libc = libraryPath('libc.so.6')

/** Specifiers as in the examples of BCC's argdist, for what this machine has. */
const ordinary = [
  '-C p:c:valloc(size_t size):size_t:size:size==16',
  '-C r:c:getenv(char *name):char*:$retval:$retval!=0#environment',
  '-H r:c:reallocarray(void *old, size_t count, size_t size):u64:$latency/1000:$entry(size) >= 4096 && $latency > 10000',
  '-C p:c:open(char *path, int flags):char*,int:path,flags&0x3#open modes',
  "-C p:c:fopen(char *path, char *mode):char*,bool:path,mode[0]=='w' || mode[0]=='a'",
  '-H p:c:write(int fd, void *buf, size_t n):size_t:n:fd==1',
  '-C p:c:write(int fd):int:fd:STRCMP("tmux: server", $COMM)',
  '-C r:c:read(int fd, void *buf, size_t n):int,ssize_t:$entry(fd),$retval:$retval < 0 || $retval != $entry(n)',
  '-C r:c:strtol()#conversions',
  '-C p:c:qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *)):u64,u64:n,n*size',
  '-C t:syscalls:sys_enter_read():u64:args->buf',
  '-H t:syscalls:sys_exit_read():long:args->ret:args->ret>0',
  '-C t:sched:sched_switch():char*,int:args->prev_comm,args->next_prio < 120 ? 1 : 0',
  '-C t:sched:sched_process_exec():char*,u32:args->filename,$PID',
  '-C t:irq:irq_handler_entry():int:args->irq#interrupts',
  '-C t:net:net_dev_start_xmit():u32,u16:args->len,((struct sk_buff *)args->skbaddr)->protocol',
  '-C t:skb:kfree_skb():u64,int:args->location,args->reason:args->reason > 1',
]

/** What the maps hold after a process made its calls. */
async function count(
  bpftrace: Bpftrace,
  sources: readonly string[],
  plan: CallPlan,
  options: {purpose?: 'histogram'; stringSize?: number} = {},
): Promise<Maps> {
  const child = new Running(process.execPath, [
    join(import.meta.dirname, '../support/libcalls.js'),
    JSON.stringify(plan),
  ])
  try {
    await child.firstLine
    const where = [bt`pid == ${child.pid}`]
    const made = sources.map((source, index) => compile(source, {path: libc, index, where, ...options}))
    const room = Math.max(64, ...made.map(({textRoom}) => textRoom))
    const go = async (): Promise<void> => {
      child.send('go\n')
      await child.written('done')
    }
    return await mapsOf(bpftrace, made.map(({text}) => text).join('\n'), go, room)
  } finally {
    child.closeInput()
    await child.outcome
  }
}

for (const bpftrace of await bpftraces()) {
  describe(`specifiers with bpftrace ${bpftrace.version}`, () => {
    const labs = {prototype: 'long labs(long n)', times: 23} as const

    it('captures arguments of their width', async () => {
      const maps = await count(
        bpftrace,
        [
          'p:c:labs(int n):int:n',
          'p:c:labs(unsigned n):u32,long:n,(s8)n',
          'p:c:labs():',
          'p:c:labs(long n):u64:n',
        ],
        {
          calls: [
            {...labs, args: [-1]},
            {...labs, args: [300], times: 5},
          ],
        },
      )
      assert.deepEqual(maps['@count0'], {'-1': 23, '300': 5})
      assert.deepEqual(maps['@count1'], {'4294967295,-1': 23, '300,44': 5})
      assert.equal(maps['@count2'], 28)
      const seen = Object.entries(maps['@count3'] ?? {}).map(([key, n]: [string, number]) => [
        BigInt.asUintN(64, BigInt(key)).toString(),
        n,
      ])
      assert.deepEqual(Object.fromEntries(seen), {'18446744073709551615': 23, '300': 5})
    })

    it('captures texts, filters by them, and cuts them', async () => {
      const nameOf = (text: string, times: number) => ({
        prototype: 'uint32_t if_nametoindex(const char *name)',
        args: [text],
        times,
      })
      const calls = [nameOf('hello', 7), nameOf('hello-world', 11), nameOf('help', 13)]
      const f = 'if_nametoindex(const char *name)'
      const maps = await count(
        bpftrace,
        [
          `p:c:${f}:char*:name`,
          `p:c:${f}:char *:name:STRCMP("hello", name)`,
          `p:c:${f}:int:1:STRPREFIX("hello", name)`,
          `p:c:${f}:char*:name+2:name[0] == 'h' && !STRCMP("help", name)`,
          `r:c:${f}:char*:$entry(name):$retval == 0`,
          `p:c:${f}:int:STRCMP("hello-world", name) ? 2 : *(name + 3)`,
        ],
        {calls},
      )
      assert.deepEqual(maps['@count0'], {hello: 7, 'hello-world': 11, help: 13})
      assert.deepEqual(maps['@count1'], {hello: 7})
      assert.deepEqual(maps['@count2'], {'1': 18})
      assert.deepEqual(maps['@count3'], {llo: 7, 'llo-world': 11})
      assert.deepEqual(maps['@count4'], {hello: 7, 'hello-world': 11, help: 13})
      assert.deepEqual(maps['@count5'], {'108': 7, '2': 11, '112': 13})
      const cut = await count(bpftrace, [`p:c:${f}:char*:name`], {calls}, {stringSize: 2})
      const merged = new Map<string, number>()
      for (const [key, n] of Object.entries(cut['@count0'] ?? {}) as [string, number][]) {
        assert.ok(key.length === 3 || key.length === 4, key)
        merged.set(key.slice(0, 2), (merged.get(key.slice(0, 2)) ?? 0) + n)
      }
      assert.deepEqual([...merged], [['he', 31]])
    })

    it('pairs each return with its own entry, also of a function that calls itself', async () => {
      const maps = await count(
        bpftrace,
        [
          'r:c:bsearch(void *key, void *base, size_t n):size_t:$entry(n)',
          'r:c:bsearch():int:1:$latency > 0',
          'r:c:bsearch():u64',
        ],
        {calls: [], recursion: 5},
      )
      assert.deepEqual(maps['@count0'], {'1': 1, '2': 1, '3': 1, '4': 1, '5': 1})
      assert.deepEqual(maps['@count1'], {'1': 5})
      assert.deepEqual(maps['@count2'], {'0': 5})
      // Nothing is left of calls that returned.
      assert.deepEqual(Object.keys(maps).toSorted(), ['@count0', '@count1', '@count2'])
    })

    it('reads memory behind pointers', async function () {
      skipWithout(this, 'kernel types', types !== undefined)
      const prototype = 'const char *inet_ntop(int family, const void *address, void *text, uint32_t size)'
      const buffer = Array<number>(64).fill(0)
      const signature = 'inet_ntop(int family, const struct in_addr *a, char *out, unsigned size)'
      const maps = await count(
        bpftrace,
        [
          `p:c:${signature}:u32,int:a->s_addr,((u8 *)a)[3]`,
          `p:c:${signature}:u8,u16:*(u8 *)a,*((u16 *)a + 1):family == 2 && size > 5u`,
          `p:c:${signature}:u64:(u64)&a->s_addr - (u64)a`,
        ],
        {calls: [{prototype, args: [2, [1, 2, 3, 200], buffer, 64], times: 23}]},
      )
      assert.deepEqual(maps['@count0'], {[`${200 * 2 ** 24 + 3 * 2 ** 16 + 2 * 2 ** 8 + 1},200`]: 23})
      assert.deepEqual(maps['@count1'], {[`1,${200 * 256 + 3}`]: 23})
      assert.deepEqual(maps['@count2'], {'0': 23})
    })

    it('counts in buckets', async () => {
      const maps = await count(
        bpftrace,
        [
          'p:c:labs(long n):long:n',
          'r:c:labs(long n):u64:$entry(n) > 0 ? $entry(n) : 0',
          'r:c:labs():u64:$latency / 1000',
        ],
        {
          calls: [
            [-5, 2],
            [0, 3],
            [1, 4],
            [5000000000, 5],
            [4, 6],
          ].map(([n = 0, times = 0]) => ({...labs, args: [n], times})),
        },
        {purpose: 'histogram'},
      )
      assert.deepEqual(maps['@hist0'], {'-3': 2, '0': 7, '2': 6, '32': 5})
      assert.deepEqual(maps['@hist1'], {'0': 9, '2': 6, '32': 5})
      assert.equal(
        Object.values(maps['@hist2'] ?? {}).reduce((sum: number, n: number) => sum + n, 0),
        20,
      )
    })

    it('knows who called', async () => {
      const f = 'p:c:labs(long n)'
      const maps = await count(
        bpftrace,
        [
          `${f}:u32:$PID`,
          `${f}:char*:$COMM`,
          `${f}:int:$TID == $PID`,
          `${f}:int:1:STRCMP("node", $COMM) && $UID == 0 && $CPU < 4096`,
        ],
        {calls: [{...labs, args: [1]}]},
      )
      assert.deepEqual(Object.values(maps['@count0'] ?? {}), [23])
      assert.deepEqual(maps['@count1'], {node: 23})
      assert.deepEqual(maps['@count2'], {'1': 23})
      assert.deepEqual(maps['@count3'], {'1': 23})
    })

    it('captures fields of tracepoints', async () => {
      const maps = await count(
        bpftrace,
        [
          't:raw_syscalls:sys_enter():long,u64:args->id,args->args[0]:args->id == 62 && args->args[1] == 0',
          't:syscalls:sys_enter_access():char*,int:args->filename,args->mode & 3:STRPREFIX("/nowhere", args->filename)',
          't:syscalls:sys_exit_access():long:args->ret:args->ret < 0',
          't:syscalls:sys_enter_access():char*:$COMM:args->mode == 6',
        ],
        {
          calls: [
            {prototype: 'int kill(int pid, int signal)', args: [1, 0], times: 7},
            {prototype: 'int access(const char *path, int mode)', args: ['/nowhere/a', 6], times: 11},
          ],
        },
      )
      assert.deepEqual(maps['@count0'], {'62,1': 7})
      assert.deepEqual(maps['@count1'], {'/nowhere/a,2': 11})
      assert.deepEqual(maps['@count2'], {'-2': 11})
      assert.deepEqual(maps['@count3'], {node: 11})
    })

    it('follows structures of the kernel', async function () {
      skipWithout(this, 'kernel types', types !== undefined)
      const sk = '((struct sock *)args->skaddr)'
      const expressions = [
        ...[`${sk}->__sk_common.skc_family`, `${sk}->__sk_common.skc_reuse`, `${sk}->__sk_common.skc_num`],
        ...[`*(u16 *)&${sk}->__sk_common.skc_family`, `${sk}->__sk_common.skc_prot->name[1]`],
        `${sk}->__sk_common.skc_prot->name`,
      ]
      const source = `t:sock:inet_sock_set_state():u16,int,u16,int,char,char*:${expressions.join(',')}:args->newstate == 10 && STRCMP("TCP", ${sk}->__sk_common.skc_prot->name)`
      const server = createServer()
      const maps = await mapsOf(
        bpftrace,
        compile(source, {where: [bt`pid == ${process.pid}`]}).text,
        async () => {
          server.listen(0, '127.0.0.1')
          await once(server, 'listening')
        },
      )
      const {port} = server.address() as {port: number}
      server.close()
      assert.deepEqual(maps['@count0'], {[`2,1,${port},2,67,TCP`]: 1})
    })

    it('takes what people write', async function () {
      skipWithout(this, 'kernel types', types !== undefined)
      const made = ordinary.map((source, index) =>
        compile(source.replace(/^-[CH] /, ''), {
          path: libc,
          index,
          purpose: source.startsWith('-H') ? 'histogram' : 'count',
        }),
      )
      await mapsOf(bpftrace, made.map(({text}) => text).join('\n'), () => Promise.resolve())
    })
  })
}
