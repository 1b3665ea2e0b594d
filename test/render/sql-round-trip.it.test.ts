import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shQuote, sqlIdent, sqlLiteral } from '../../src/shared/quote.js';
import { hostileText } from '../support/hostile-text.js';
import { runAsPostgres, startCluster, type TestCluster } from '../support/postgres.js';

const cluster: { up?: TestCluster } = {};
beforeAll(async () => {
  cluster.up = await startCluster();
});
afterAll(() => cluster.up?.stop());

const texts = fc.sample(hostileText(), { numRuns: 1500, seed: 11 });
const ask = async (sql: string): Promise<unknown[]> => (await cluster.up?.json(sql)) ?? [];

test('every literal reads back, whatever standard_conforming_strings is', async () => {
  for (const setting of ['on', 'off']) {
    const rows = texts.map((text) => `select to_json(${sqlLiteral(text)}::text);`).join('\n');
    expect(
      await ask(`set standard_conforming_strings = ${setting}; set escape_string_warning = off;\n${rows}`),
    ).toEqual(texts);
  }
});

test('every identifier reads back', async () => {
  const names = [...new Set(texts.filter((text) => text !== '' && Buffer.byteLength(text) <= 63))];
  const rows = names.map((name) => `select row_to_json(t) from (select 1 as ${sqlIdent(name)}) t;`).join('\n');
  const seen = (await ask(rows)).map((row) => Object.keys(row as object)[0]);
  expect(seen).toEqual(names);
  expect(names.length).toBeGreaterThan(500);
});

test('every shell word reads back', async () => {
  const words = texts.slice(0, 400);
  const { stdout } = await runAsPostgres('sh', ['-s'], {
    stdin: words.map((word) => `printf '%s\\0' ${shQuote(word)}\n`).join(''),
  });
  expect(stdout.split('\0').slice(0, -1)).toEqual(words);
});
