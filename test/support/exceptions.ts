import {createInterface} from 'node:readline'
import koffi from 'koffi'

/**
 * A process that handles C++ exceptions when it is told to go, so many that nobody threw, and ends by one that it throws
 * and nobody handles. Arguments: how many.
 */
const library = koffi.load('libstdc++.so.6')
const allocate = library.func('intptr_t __cxa_allocate_exception(size_t size)')
const initialize = library.func(
  'intptr_t __cxa_init_primary_exception(intptr_t object, void *type, void *destroy)',
)
const begin = library.func('intptr_t __cxa_begin_catch(intptr_t header)')
const end = library.func('void __cxa_end_catch()')
const throwBadAlloc = library.func('void _ZSt17__throw_bad_allocv()')

/** Of struct _Unwind_Exception, the last part of the header before each object. */
const headerBytes = 32

process.stdout.write('ready\n')
for await (const line of createInterface({input: process.stdin})) {
  if (line !== 'go') break
  for (let n = 0; n < Number(process.argv[2]); n++) {
    const object = Number(allocate(8))
    initialize(object, null, null)
    begin(object - headerBytes)
    end()
  }
  throwBadAlloc()
}
