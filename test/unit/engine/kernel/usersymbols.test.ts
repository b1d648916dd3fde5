import assert from 'node:assert/strict'
import {execFileSync, spawnSync} from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import {dirname, join} from 'node:path'
import koffi from 'koffi'
import sinon from 'sinon'
import {native} from '#src/engine/kernel/native.js'
import {UserSymbols} from '#src/engine/kernel/usersymbols.js'
import {Running} from '../../../support/processes.js'
import {skipWithout} from '../../../support/skip.js'
import {temporaryFolder} from '../../../support/temporary.js'

const libc = /\/\S*\/libc[.-]\S*$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? ''
/** A small library that nothing here has loaded, and a function of it. */
const library = join(dirname(libc), 'libresolv.so.2')
const anyFunction = '__loc_aton'
const addresses = join(import.meta.dirname, '../../../support/addresses.js')

/** A process that has a library loaded, and the address of its function. */
async function loading(
  path: string,
  within: readonly string[] = [],
): Promise<{running: Running; address: bigint}> {
  const [command = '', ...args]: readonly string[] = [
    ...within,
    process.execPath,
    addresses,
    path,
    anyFunction,
  ]
  const running = new Running(command, args)
  return {running, address: BigInt(await running.firstLine)}
}

async function end(running: Running): Promise<void> {
  running.closeInput()
  await running.outcome
}

/** A process that just waits. */
async function waiting(command: string, args: readonly string[], folder?: string): Promise<Running> {
  const running = new Running(command, args, {cwd: folder})
  await running.firstLine
  return running
}

const only = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])

describe('user symbols', () => {
  const folder = temporaryFolder()
  let symbols: UserSymbols
  let number = 0
  const started: Running[] = []
  const copy = (): string => {
    const path = join(folder.path, `library-${number++}.so`)
    copyFileSync(library, path)
    return path
  }

  before(async () => {
    symbols = new UserSymbols((await native()).demangle)
  })
  afterEach(async () => {
    for (const each of started.splice(0)) await end(each)
  })
  after(() => {
    symbols.close()
    folder.remove()
  })

  it('name functions of this process', () => {
    const dlsym = koffi.load(null).func('void *dlsym(void *library, const char *name)')
    const address = koffi.address(dlsym(null, 'getpid'))
    symbols.see(process.pid)
    const expected = {address: address + 3n, name: 'getpid', offset: 3, module: libc, kernel: false}
    assert.deepEqual(symbols.resolve(process.pid, address + 3n), expected)
    assert.deepEqual(symbols.resolve(process.pid, (address + 3n).toString(16)), expected)
    assert.deepEqual(symbols.resolve(process.pid, `0x${(address + 3n).toString(16)}`), expected)
    // The executable, at a fixed address or not.
    const own = koffi.address(dlsym(null, 'napi_create_function'))
    assert.deepEqual(symbols.frames(process.pid, [own, own + 5n]), [
      {address: own, name: 'napi_create_function', offset: 0, module: process.execPath, kernel: false},
      {address: own + 5n, name: 'napi_create_function', offset: 5, module: process.execPath, kernel: false},
    ])
  })

  it('are as the source of C++ has them', () => {
    const dlsym = koffi.load(null).func('void *dlsym(void *library, const char *name)')
    const address = koffi.address(dlsym(null, '_ZN2v82V810GetVersionEv'))
    assert.equal(symbols.resolve(process.pid, address).name, 'v8::V8::GetVersion()')
  })

  it('make a frame once', () => {
    assert.equal(symbols.resolve(process.pid, 4096n), symbols.resolve(process.pid, 4096n))
  })

  it('leave addresses that are no code without a name', () => {
    for (const address of [0n, 1n, 2n ** 47n, 2n ** 53n, 2n ** 64n - 1n]) {
      assert.deepEqual(symbols.frames(process.pid, [address, address]), [
        {address, kernel: false},
        {address, kernel: false},
      ])
    }
    assert.deepEqual(symbols.frames(2 ** 30, [4096n]), [{address: 4096n, kernel: false}])
  })

  it('know the code that the kernel gives each process', () => {
    const line = /^([0-9a-f]+)-.*\[vdso\]$/m.exec(readFileSync('/proc/self/maps', 'utf8'))
    const address = BigInt(`0x${line?.[1] ?? ''}`) + 0x800n
    const {name, module} = symbols.resolve(process.pid, address)
    assert.deepEqual({name, module}, {name: '[vdso]', module: '[vdso]'})
  })

  it('look up the call of an address that is returned to', async () => {
    const {running, address} = await loading(library)
    started.push(running)
    const [leaf, caller] = symbols.frames(running.pid, [address, address])
    assert.deepEqual([leaf?.name, leaf?.offset], [anyFunction, 0])
    assert.notEqual(caller?.name, anyFunction)
    assert.equal(symbols.resolve(running.pid, address + 1n, true).name, anyFunction)
    assert.equal(symbols.resolve(running.pid, address + 1n, true).offset, 1)
  })

  it('stay when the process has ended', async () => {
    const path = copy()
    const {running, address} = await loading(path)
    symbols.see(running.pid)
    await end(running)
    assert.deepEqual(symbols.resolve(running.pid, address + 4n), {
      address: address + 4n,
      name: anyFunction,
      offset: 4,
      module: path,
      kernel: false,
    })
  })

  it('stay when the file was deleted before the process was seen', async () => {
    const path = copy()
    const {running, address} = await loading(path)
    unlinkSync(path)
    symbols.see(running.pid)
    await end(running)
    const {name, module} = symbols.resolve(running.pid, address)
    assert.deepEqual({name, module}, {name: anyFunction, module: path})
  })

  it('stay when the file is deleted after the process was seen, while it lives', async () => {
    const path = copy()
    const {running, address} = await loading(path)
    started.push(running)
    symbols.see(running.pid)
    unlinkSync(path)
    assert.equal(symbols.resolve(running.pid, address).name, anyFunction)
  })

  it('are not taken from another file that has the path by now', async () => {
    const path = copy()
    const {running, address} = await loading(path)
    symbols.see(running.pid)
    copyFileSync(libc, `${path}.new`)
    renameSync(`${path}.new`, path)
    await end(running)
    assert.deepEqual(symbols.resolve(running.pid, address), {address, module: path, kernel: false})
  })

  it('are found in a library that was loaded after the process was seen', async () => {
    const clock = sinon.useFakeTimers({toFake: ['performance'], now: 10_000})
    try {
      const running = await waiting(process.execPath, ['-e', laterLoading])
      started.push(running)
      const at = 0x7000_0000_0000n
      assert.equal(symbols.resolve(running.pid, at).name, undefined)
      running.send(`${library}\n`)
      await running.written('loaded')
      const address = BigInt(/loaded (\d+)/.exec(running.stdout)?.[1] ?? '')
      // Not at once: what is no code must not make us read the maps for each address.
      assert.equal(symbols.resolve(running.pid, address).name, undefined)
      clock.tick(1000)
      assert.equal(symbols.resolve(running.pid, address).name, anyFunction)
    } finally {
      clock.restore()
    }
  })

  it('are those of each program that a process runs, one after the other', async () => {
    const path = copy()
    const {running, address} = await loading(path)
    started.push(running)
    const named = (program: string): string | undefined =>
      symbols.resolve(running.pid, address, false, program).name
    symbols.see(running.pid, 'first')
    assert.equal(named('first'), anyFunction)
    // A program that was seen too late, when the next was there: of this nothing is known.
    symbols.see(running.pid, 'second')
    symbols.see(running.pid, 'third')
    assert.deepEqual([named('second'), named('third')], [undefined, anyFunction])
  })

  it('are not taken from the program that comes after an exec', async () => {
    const script = 'echo ready; read line; exec "$@"'
    const running = await waiting('sh', [
      '-c',
      script,
      'sh',
      process.execPath,
      addresses,
      library,
      anyFunction,
    ])
    started.push(running)
    symbols.see(running.pid, 'shell')
    running.send('\n')
    // Libraries are mapped at 0x7f0000000000 and above, which begins with 1 in decimal.
    await running.written('ready\n1')
    const address = BigInt(running.stdout.split('\n')[1] ?? '')
    // It looks again here, at what is another program now.
    assert.equal(symbols.resolve(running.pid, address, false, 'shell').name, undefined)
    symbols.see(running.pid, 'node')
    assert.equal(symbols.resolve(running.pid, address, false, 'node').name, anyFunction)
  })

  it('are looked for again when a process is seen again', async () => {
    const running = await waiting(process.execPath, ['-e', laterLoading])
    symbols.see(running.pid)
    running.send(`${library}\n`)
    await running.written('loaded')
    const address = BigInt(/loaded (\d+)/.exec(running.stdout)?.[1] ?? '')
    symbols.see(running.pid)
    await end(running)
    assert.equal(symbols.resolve(running.pid, address).name, anyFunction)
  })

  describe('of compiled code', () => {
    const written: string[] = []
    after(() => written.forEach((path) => rmSync(path, {force: true})))
    const mapOf = (pid: number): string => {
      const path = `/tmp/perf-${pid}.map`
      written.push(path)
      return path
    }

    it('come from the map of the process, the last line first', async () => {
      const clock = sinon.useFakeTimers({toFake: ['performance'], now: 10_000})
      try {
        const running = await waiting('sh', ['-c', 'echo ready; read line'])
        const path = mapOf(running.pid)
        writeFileSync(
          path,
          'bad line\n1000 100 Lazy:old f.js:1\n1000 20 JS:*new f.js:1:2\n0x2000 0x10 other\n',
        )
        const module = path
        const named = (address: bigint, name: string, offset: number): object => ({
          address,
          name,
          offset,
          module,
          kernel: false,
        })
        assert.deepEqual(symbols.resolve(running.pid, 0x1010n), named(0x1010n, 'JS:*new f.js:1:2', 16))
        assert.deepEqual(symbols.resolve(running.pid, 0x1020n), named(0x1020n, 'Lazy:old f.js:1', 32))
        assert.deepEqual(symbols.resolve(running.pid, 0x200fn), named(0x200fn, 'other', 15))
        assert.equal(symbols.resolve(running.pid, 0x3000n).name, undefined)
        appendFileSync(path, '3000 10 late\n')
        await end(running)
        clock.tick(1000)
        assert.equal(symbols.resolve(running.pid, 0x3000n).name, 'late')
      } finally {
        clock.restore()
      }
    })

    it('are those that Node writes', async () => {
      // Node leaves a log in its working directory.
      const running = await waiting(process.execPath, ['--perf-basic-prof', '-e', compiling], folder.path)
      const text = readFileSync(mapOf(running.pid), 'utf8')
      const line = /^([0-9a-f]+) ([0-9a-f]+) (.*busyWithSums.*)$/m.exec(text)
      assert.ok(line !== null, text.slice(0, 1000))
      symbols.see(running.pid)
      await end(running)
      assert.match(symbols.resolve(running.pid, line[1] ?? '').name ?? '', /busyWithSums/)
    })

    it('are not read from what is no file', async () => {
      const running = await waiting('sh', ['-c', 'echo ready; read line'])
      started.push(running)
      execFileSync('mkfifo', [mapOf(running.pid)])
      assert.equal(symbols.resolve(running.pid, 0x1010n).name, undefined)
    })
  })

  describe('of containers', () => {
    before(function () {
      skipWithout(this, 'missing: unshare', spawnSync('unshare', ['-m', 'true']).status === 0)
    })

    it('come from the files that the process sees, and stay when the container is gone', async () => {
      const [from, to] = ['from', 'to'].map((name) => join(folder.path, name))
      assert.ok(from !== undefined && to !== undefined)
      mkdirSync(from)
      mkdirSync(to)
      copyFileSync(library, join(from, 'inner.so'))
      const script = `mount --bind ${from} ${to} && exec "$@"`
      const {running, address} = await loading(join(to, 'inner.so'), [
        'unshare',
        '-m',
        'sh',
        '-c',
        script,
        'sh',
      ])
      symbols.see(running.pid)
      await end(running)
      assert.deepEqual(symbols.resolve(running.pid, address), {
        address,
        name: anyFunction,
        offset: 0,
        module: join(to, 'inner.so'),
        kernel: false,
      })
    })

    it('come from the map of compiled code, which has the id that the process knows', async () => {
      const script =
        'mount -t tmpfs none /tmp && echo "7f0000001000 100 inner" > /tmp/perf-$$.map && echo $$ && read line'
      const running = await waiting('unshare', ['-m', '-p', '-f', 'sh', '-c', script])
      assert.equal(await running.firstLine, '1')
      const pid = only(running.pid)
      symbols.see(pid)
      await end(running)
      assert.deepEqual(symbols.resolve(pid, 0x7f0000001001n), {
        address: 0x7f0000001001n,
        name: 'inner',
        offset: 1,
        module: '/tmp/perf-1.map',
        kernel: false,
      })
    })

    it('come from the files of a process that changed its root', async function () {
      const root = join(folder.path, 'root')
      skipWithout(this, 'missing: chroot', spawnSync('chroot', ['/', 'true']).status === 0)
      for (const each of ['usr', 'lib', 'lib64']) mkdirSync(join(root, each), {recursive: true})
      const inner = join(root, 'inner.so')
      copyFileSync(library, inner)
      const mounts = ['usr', 'lib', 'lib64'].map(
        (each) => `if [ -e /${each} ]; then mount --rbind /${each} ${root}/${each}; fi`,
      )
      const helper = join(root, 'helper')
      mkdirSync(helper)
      const repository = join(import.meta.dirname, '../../../../..')
      const script = `${[...mounts, `mount --bind ${repository} ${helper}`].join('\n')}
        exec chroot ${root} ${process.execPath} /helper/build/test/support/addresses.js /inner.so ${anyFunction}`
      const running = new Running('unshare', ['-m', 'sh', '-ec', script], {env: {PATH: process.env['PATH']}})
      const address = BigInt(await running.firstLine)
      symbols.see(running.pid)
      await end(running)
      assert.equal(symbols.resolve(running.pid, address).name, anyFunction)
    })
  })

  it('are of every kind of program that a compiler makes', async function () {
    skipWithout(this, 'missing: cc', spawnSync('cc', ['--version']).status === 0)
    this.timeout(60_000)
    const source = join(folder.path, 'kinds.c')
    writeFileSync(source, printingProgram)
    for (const kind of ['-pie', '-no-pie']) {
      const program = join(folder.path, `kind${kind}`)
      execFileSync('cc', ['-O0', kind === '-pie' ? '-fPIE' : '-fno-pie', kind, '-o', program, source])
      const running = new Running(program, [])
      const address = BigInt(`0x${await running.firstLine}`)
      symbols.see(running.pid)
      await end(running)
      assert.deepEqual(symbols.resolve(running.pid, address + 4n), {
        address: address + 4n,
        name: 'in_a_section_of_its_own',
        offset: 4,
        module: program,
        kernel: false,
      })
    }
  })
})

const laterLoading = `
const koffi = require(${JSON.stringify(join(import.meta.dirname, '../../../../../node_modules/koffi'))})
const libc = koffi.load(null)
const dlopen = libc.func('void *dlopen(const char *path, int flags)')
const dlsym = libc.func('void *dlsym(void *library, const char *name)')
console.log('ready')
process.stdin.on('data', (path) => {
  const found = dlsym(dlopen(path.toString().trim(), 1), '${anyFunction}')
  console.log('loaded ' + koffi.address(found))
})
`

const compiling = `
function busyWithSums(n) { let sum = 0; for (let i = 0; i < n; i++) sum += i % 7; return sum }
let total = 0
for (let round = 0; round < 2000; round++) total += busyWithSums(1000)
console.log('ready', total)
process.stdin.resume()
`

const printingProgram = `
#include <stdio.h>
__attribute__((section(".text.far"), aligned(65536))) int in_a_section_of_its_own(int a) { return a * 3; }
int main(void) {
  printf("%lx\\n", (unsigned long) in_a_section_of_its_own);
  fflush(stdout);
  return getchar() == 'x';
}
`
