import fc from 'fast-check';

const PIECES = [
  '${',
  '%{',
  '$',
  '%',
  '{{',
  '}}',
  '{',
  '}',
  '"',
  "'",
  '\\',
  '\n',
  '\r',
  '\t',
  '\\n',
  '$$',
  'EOT',
  '<<EOT',
  '~',
  ' ',
  ';',
  '--',
  '`',
  '😀',
  'é',
  '\u2028',
  '\u0001',
  '\u007f',
  '\ufeff',
];

/** Text made of what breaks quoting, in normal form C as HCL keeps it, without NUL. */
export const hostileText = (): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...PIECES) }, fc.string({ unit: 'grapheme', maxLength: 4 })),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('').replaceAll('\0', '').normalize('NFC'));
