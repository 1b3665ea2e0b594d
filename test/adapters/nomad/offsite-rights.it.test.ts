import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nomadAdapter } from '../../../src/adapters/nomad/index.js';
import { DbctlError } from '../../../src/errors/dbctl-error.js';
import { parseInventory } from '../../../src/inventory/parse.js';
import type { NomadPort } from '../../../src/ports/nomad.js';
import { Secret } from '../../../src/shared/secret.js';
import { policies } from '../../../src/usecases/policies.js';
import { startNomad, type TestNomad, tokenWith } from '../../support/nomad.js';

const INVENTORY = `version: 1
shared: { job: postgresql }
defaults:
  backup: { tools: { rclone: { url: "https://x/rclone", sha256: "${'ab'.repeat(32)}" } } }
services:
  news: { job: reader, backup: { offsite: ["b2://bucket/x"] } }
  wiki: { group: web, placement: same-group, backup: { offsite: ["b2://bucket/x"] } }
  plain: {}
`;

let nomad: TestNomad;
let port: NomadPort;

beforeAll(async () => {
  nomad = await startNomad({ acl: true });
  const printed = policies(parseInventory(INVENTORY, 'dbctl.yaml'), { namespace: 'default', auth: 'jwt-nomad' });
  const rules = printed.find((policy) => policy.for === 'nomad')?.text ?? '';
  port = nomadAdapter({ address: nomad.address, token: await tokenWith(nomad, rules) });
});
afterAll(() => nomad?.stop());

it.each([
  'nomad/jobs/reader/any-group/db-backup',
  'nomad/jobs/news-postgres/postgres/db-backup',
  'nomad/jobs/wiki/web/db-backup',
])("a token with the printed rights writes the toolbox's variable %s, and reads it again", async (path) => {
  await port.writePlain(path, { offsite_1: new Secret('a = b\n') }, 0);
  expect((await port.plainVariable(path))?.items['offsite_1']?.reveal()).toBe('a = b\n');
});

it.each([
  'nomad/jobs/plain/plain/db-backup',
  'nomad/jobs/reader/any-group/app',
  'nomad/jobs/reader/any-group',
  'nomad/jobs/wiki/other/db-backup',
  'nomad/jobs',
])('and nothing else below nomad/jobs: %s', async (path) => {
  await expect(port.writePlain(path, { a: new Secret('b') }, 0)).rejects.toMatchObject({ code: 'NOMAD_DENIED' });
  await expect(port.plainVariable(path)).rejects.toMatchObject({ code: 'NOMAD_DENIED' });
});

it('no error of a write shows what was to be written', async () => {
  const canary = new Secret('c4nary-item-7781');
  const path = 'nomad/jobs/wiki/web/db-backup';
  for (const [at, index] of [
    [path, 9_999_999],
    ['nomad/jobs/plain', 0],
    ['not a path', 0],
  ] as const) {
    const error = await port.writePlain(at, { a: canary }, index).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DbctlError);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('c4nary-item');
  }
});
