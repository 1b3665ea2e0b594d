import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stdinFrames } from '../../src/adapters/nomad/exec-frames.js';
import { ExecOutput } from '../../src/adapters/nomad/exec-output.js';
import { joinFrames } from '../../src/adapters/nomad/stream-frames.js';
import { parsePsqlOutput, psqlProblem, statementAt } from '../../src/adapters/psql-output.js';

const chunked = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 20 });
const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const points = [0, ...at.filter((point) => point < bytes.length).sort((a, b) => a - b), bytes.length];
  return points.slice(1).map((end, i) => bytes.subarray(points[i], end));
};

test('the awaited line is found however the output is cut, and exactly when it is a whole line', () => {
  const line = fc.constantFrom('END', 'xEND', 'ENDx', '', 'EN', 'é END', '{"a":"END"}');
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), chunked, (lines, at) => {
      const text = lines.map((one) => `${one}\n`).join('');
      const output = new ExecOutput('END');
      const found = cut(Buffer.from(text), at).filter((chunk) => output.stdout(chunk));
      expect(found.length).toBe(lines.includes('END') ? 1 : 0);
      expect(output.texts().stdout).toBe(text);
    }),
  );
});

test('stdin frames carry every byte in pieces of at most 32 KiB', () => {
  const text = 'é€😀'.repeat(20_000);
  const pieces = [...stdinFrames(text)].map((frame) => Buffer.from(JSON.parse(frame).stdin.data, 'base64'));
  expect(Buffer.concat(pieces).toString()).toBe(text);
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(32 * 1024);
});

test('file frames are joined; a broken or a deleted file is none', () => {
  const frame = (text: string): string =>
    JSON.stringify({ Data: Buffer.from(text).toString('base64'), File: 'a', Offset: 5 });
  expect(joinFrames(frame('ab') + frame('c'))?.toString()).toBe('abc');
  expect(joinFrames('')?.length).toBe(0);
  expect(joinFrames(frame('ab').slice(0, -3))).toBeUndefined();
  expect(joinFrames(`${frame('ab')}{"FileEvent":"file deleted"}`)).toBeUndefined();
});

test('rows, exit code and stderr are cut at the marks; without both marks there is no output', () => {
  const text = '1\n2\n\nmark 3\nERROR\n\nmark end\n';
  expect(parsePsqlOutput(text, 'mark')).toEqual({ exit: 3, lines: ['1', '2'], stderr: 'ERROR\n' });
  for (let end = 0; end < text.length; end++) expect(parsePsqlOutput(text.slice(0, end), 'mark')).toBeUndefined();
});

test('the last message with an SQLSTATE counts, in any language of the server', () => {
  const stderr =
    'psql:/s/script.sql:1: WARNUNG:  25001: offen\nLOCATION:  x\npsql:/s/script.sql:7: FEHLER:  42P01: gibt es nicht\nLINE 1: secret\n';
  expect(psqlProblem(stderr)).toEqual({ sqlstate: '42P01', message: 'gibt es nicht', line: 7 });
});

test('the statement of a line is found behind comments and literals, with literals blanked', () => {
  const script = "select 1;\ncreate role a\n  password 'se;cret\nmore';\ndo $$ begin; end $$;\nselect\n 1/0;\n";
  expect(statementAt(script, 4)).toBe('create role a');
  expect(statementAt(script, 7)).toBe('select');
  expect(statementAt("alter role a password 'se''cret';", 1)).toBe("alter role a password '…';");
});
