import {once} from 'node:events'
import koffi from 'koffi'

// Loads a library, says at which address it has a function, and stays until its input ends: `addresses.js LIBRARY NAME`.
const [library = '', name = ''] = process.argv.slice(2)
const lazily = 1
const libc = koffi.load(null)
const dlopen = libc.func('void *dlopen(const char *path, int flags)')
const dlsym = libc.func('void *dlsym(void *library, const char *name)')
const dlerror = libc.func('const char *dlerror()')
const address = koffi.address(dlsym(dlopen(library, lazily), name))
if (address === 0n) throw new Error(String(dlerror()))
process.stdout.write(`${address}\n`)
process.stdin.resume()
await once(process.stdin, 'end')
