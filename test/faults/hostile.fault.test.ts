import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { goTemplateLiteral } from '../../src/render/helpers/go-template.js';
import { sqlIdent, sqlLiteral } from '../../src/shared/quote.js';
import { sharedServer } from '../e2e/cluster-state.js';
import { expectNothingLost, expectOk } from '../e2e/expectations.js';
import { LabWorld } from '../e2e/lab-world.js';
import { type LabVault, labVault } from '../support/lab-vault.js';
import { fault } from './fault.js';

/** Legal, 63 bytes, and something in it for SQL, psql, libpq's connection strings, shell, HCL and Go templates. */
const DATABASE = `-d a=b "x" 'y' $(id) \\c {{z}} \${a} %{b} ;é postgres://u@h/d?`.padEnd(62, '_');
const ROLE = `r"o'l$e {{.}} %{a} \`id\` ünï :x`;
const PASSWORD = `p' " # $x % / + @ \\ : ; & ? {{a}} %{b} \${c} ü😀 = \\n\t\``;

let world: LabWorld;
let vault: LabVault;

beforeAll(async () => {
  world = await LabWorld.up('fault-hostile', { scale: 1 });
  vault = labVault(world.lab);
  await rename();
}, 300_000);
afterAll(() => world?.down(), 120_000);

/** Text for a template in a heredoc, in the double quotes of an environment file. */
const envText = (text: string): string =>
  goTemplateLiteral(JSON.stringify(text)).replaceAll('${', '$${').replaceAll('%{', '%%{');

const json = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

/** Database, role and password of the running app get these names; the operator's files say so. */
async function rename(): Promise<void> {
  const { JobModifyIndex, ...job } = await world.nomad<Record<string, unknown>>('/v1/job/speedtest');
  await world.nomad('/v1/jobs', json({ Job: { ...job, Stop: true }, EnforceIndex: true, JobModifyIndex }));
  await sharedServer(world, async (client) => {
    for (let left = 100; left > 0; left--) {
      const { rows } = await client.query("select from pg_stat_activity where datname = 'speedtest'");
      if (rows.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await client.query(`alter database speedtest rename to ${sqlIdent(DATABASE)}`);
    await client.query(`alter role speedtest rename to ${sqlIdent(ROLE)}`);
    await client.query(`alter role ${sqlIdent(ROLE)} password ${sqlLiteral(PASSWORD)}`);
  });
  await vault.write('postgres/speedtest', { password: PASSWORD });
  const text = await world.jobspecText();
  const named = text
    .replace('DB_DATABASE=speedtest', () => `DB_DATABASE=${envText(DATABASE)}`)
    .replace('DB_USERNAME=speedtest', () => `DB_USERNAME=${envText(ROLE)}`)
    .replace('{{ .Data.data.password }}', '{{ .Data.data.password | toJSON }}');
  await writeFile(world.jobspec, named);
  await renameInShared();
  await world.registerJobspec();
  await world.untilWriting();
}

/** The block of the shared job's own init, as an operator with such a name would have it. */
async function renameInShared(): Promise<void> {
  const path = join(world.lab.home, 'jobs/src/postgresql.nomad.hcl');
  const inHeredoc = (sql: string): string => goTemplateLiteral(sql).replaceAll('${', '$${').replaceAll('%{', '%%{');
  const text = (await readFile(path, 'utf8'))
    .replaceAll("datname = 'speedtest'", () => `datname = ${inHeredoc(sqlLiteral(DATABASE))}`)
    .replaceAll("rolname = 'speedtest'", () => `rolname = ${inHeredoc(sqlLiteral(ROLE))}`)
    .replaceAll("'CREATE DATABASE speedtest'", () => inHeredoc(sqlLiteral(`CREATE DATABASE ${sqlIdent(DATABASE)}`)))
    .replaceAll('CREATE ROLE speedtest', () => `CREATE ROLE ${inHeredoc(sqlIdent(ROLE))}`)
    .replaceAll(
      /DATABASE speedtest (OWNER )?TO speedtest/g,
      (_, owner = '') => `DATABASE ${inHeredoc(sqlIdent(DATABASE))} ${owner}TO ${inHeredoc(sqlIdent(ROLE))}`,
    );
  await writeFile(path, text);
}

fault(17, 'a database and a role whose names hold every quote, `$(…)`, `{{…}}`, `a=b`, a leading dash', async () => {
  expect(Buffer.byteLength(DATABASE)).toBe(63);
  expectOk(await world.move('migrate', '--no-rehearse'));
  const { database, serverPort } = await world.stats();
  expect(database).toBe(DATABASE);
  await expectNothingLost(world);
  expectOk(await world.move('rollback'));
  const back = await world.stats();
  expect([back.database, back.serverPort === serverPort]).toEqual([DATABASE, false]);
  await expectNothingLost(world);
  return 'moved, taken back, no row lost; every layer gave the names back byte for byte';
});
