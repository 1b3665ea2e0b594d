import fc from 'fast-check';

/** What some layer between Vault and the server quotes, cuts, expands or normalises. */
const PIECES = [
  ...'\'"#$%/+@\\:;&?=,.~`!|<>()[]{}*^ \t',
  ...['{{', '}}', '{{ . }}', '%{', '${', '$(id)', '`id`', '\\n', '\\\\', "\\'", '%20', '%', '&amp;', '--', '$$', "''"],
  ...[
    'export ',
    'a=b',
    '# x',
    'ü',
    'ﬁ',
    '①',
    'Å',
    'A\u030a',
    '\u00a0',
    '\u00ad',
    '\u2003',
    '日本',
    '😀',
    '🫠',
    'א',
    'ש1',
    'ß',
  ],
  ...['\u0001', '\u007f', '\u200e', '\u202e', '\ue000', '\u0221', '\u2028'],
];

/** A password of one line: a line break is what no settings file carries. Not empty, never only white space. */
export const passwords = (): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 4 })), {
      minLength: 1,
      maxLength: 8,
    })
    .map((parts) => parts.join('').replace(/[\0\r\n]/g, ''))
    .filter((text) => text.trim() !== '');

/** Each piece between letters, so that none is only met by chance. */
export const everyPiece: readonly string[] = PIECES.flatMap((piece) => [`x${piece}y`, piece]).filter(
  (text) => text.trim() !== '',
);
