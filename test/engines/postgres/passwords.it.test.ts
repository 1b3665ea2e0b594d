import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchesVerifier, scramVerifier } from '../../../src/engines/postgres/scram.js';
import { shQuote, sqlIdent, sqlLiteral } from '../../../src/shared/quote.js';
import { Secret } from '../../../src/shared/secret.js';
import { everyPiece, passwords } from '../../support/passwords.js';
import { runAsPostgres, startCluster, type TestCluster } from '../../support/postgres.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

const sample = [...everyPiece, ...fc.sample(passwords(), { numRuns: 250, seed: 18 })];
const roles = sample.map((password, at) => ({ name: `r${at}`, password }));

/** Says which of these roles can log in over TCP with a password file in libpq's own form. */
async function refused(prefix: string): Promise<string[]> {
  const attempts = roles.map(({ name, password }) => {
    const line = `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}`;
    return `printf '%s\\n' ${shQuote(line)} >pass; psql -XAtqw -U ${prefix}${name} -c '' || echo ${name}\n`;
  });
  const env = { ...cluster.env, PGHOST: '127.0.0.1', PGDATABASE: 'postgres', PGPASSFILE: 'pass' };
  const script = `umask 077\n${attempts.join('')}`;
  const { stdout } = await runAsPostgres('sh', ['-s'], { env, cwd: cluster.scratch, stdin: script });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('passwords of every kind', () => {
  it('have the verifier that the server itself would have made for the same salt', async () => {
    await cluster.psql(
      roles.map(({ name, password }) => `create role ${name} login password ${sqlLiteral(password)};`).join('\n'),
    );
    const rows = (await cluster.json(
      `select json_build_object('name', rolname, 'verifier', rolpassword) from pg_authid where rolname ~ '^r[0-9]+$';`,
    )) as { name: string; verifier: string }[];
    const verifiers = new Map(rows.map(({ name, verifier }) => [name, verifier]));
    const differing = roles.filter(({ name, password }) => {
      const theirs = verifiers.get(name) ?? '';
      const [iterations = '', salt = ''] = theirs.split('$')[1]?.split(':') ?? [];
      const ours = scramVerifier(new Secret(password), {
        salt: Buffer.from(salt, 'base64'),
        iterations: Number(iterations),
      });
      return ours.reveal() !== theirs || !matchesVerifier(new Secret(password), new Secret(theirs));
    });
    expect(differing.map(({ password }) => JSON.stringify(password))).toEqual([]);
    expect(rows).toHaveLength(roles.length);
  });

  it('log in through a password file, with the verifier that dbctl made, and a wrong one does not', async () => {
    const sql = roles.map(({ name, password }) => {
      const verifier = scramVerifier(new Secret(password), { salt: randomBytes(16) });
      return `create role ${sqlIdent(`d${name}`)} login password '${verifier.reveal()}';`;
    });
    await cluster.psql(sql.join('\n'));
    expect(await refused('d')).toEqual([]);
    const wrong = await cluster.psql('select 1', { tcp: true, user: 'dr0', password: 'not it', check: false });
    expect(wrong.stderr).toContain('password authentication failed');
  });
});
