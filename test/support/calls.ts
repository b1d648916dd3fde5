import {createInterface} from 'node:readline'
import koffi from 'koffi'

/**
 * A program that calls a C function without arguments, or with a text, when it is told to `go`, and says `done`.
 * Arguments: the library, or empty for what is loaded; the function; how many times; the text, if any.
 */
const [library = '', name = '', times = '', text] = process.argv.slice(2)
const loaded = koffi.load(library === '' ? null : library)
const call = loaded.func(`long ${name}(${text === undefined ? '' : 'const void *text'})`)
// A wide text, too, has an end so.
const bytes = text === undefined ? [] : [Buffer.from(text.padEnd(text.length + 8, '\0'))]
process.stdout.write('ready\n')
for await (const line of createInterface({input: process.stdin})) {
  if (line !== 'go') break
  for (let round = 0; round < Number(times); round++) call(...bytes)
  process.stdout.write('done\n')
}
