import fc from 'fast-check'

/** Texts that break naive quoting, and texts of any characters at all. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({unit: 'binary', minLength: 1}),
  fc.string({minLength: 1}),
  fc.constantFrom(
    ...['"', '\\', '\\"', "'", '\n', '\r\n', '\t', '\x01', '\x1b[31m', '\x7f', '\x85', '\x9b2J', '`', '${x}'],
    ...[
      '*/',
      '/*',
      '//',
      '%s',
      '%n',
      '$1',
      '@sent',
      '&&',
      '||',
      'a||b',
      ') || (1',
      ' /',
      '/ {',
      '\\x41',
      '\\101',
    ],
    ...['"} BEGIN {', '"/{exit()}', '\\\\"', '\\\n', 'é', '日本', '\u2028', '\u2029', '\u202e', '\ufeff'],
    ...['"} BEGIN { system("id") } END { "', 'x"/ { cat("/etc/shadow"); } interval:s:1 /comm=="x'],
    ...[
      '\uffff',
      '\uffffffc3',
      '\ud800',
      '😀',
      '__proto__',
      'constructor',
      '=1+1',
      ' ',
      ' x ',
      '-p',
      '\\u0001',
    ],
  ),
)

/** Bytes as the kernel may send them in a name: anything but NUL. */
export const hostileBytes: fc.Arbitrary<Buffer> = fc
  .oneof(
    fc.uint8Array({minLength: 0, maxLength: 40}).map((bytes) => Buffer.from(bytes)),
    fc.array(hostileText, {maxLength: 4}).map((texts) => Buffer.from(texts.join(''))),
    fc
      .tuple(hostileText, fc.uint8Array({maxLength: 6}), hostileText)
      .map(([before, bytes, after]) => Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])),
  )
  .map((bytes) => bytes.filter((byte) => byte !== 0))
  .map((bytes) => Buffer.from(bytes))
