import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../../src/errors/dbctl-error.js';
import type { ProvisionContext } from '../../../src/pipeline/provision/context.js';
import { proveStep } from '../../../src/pipeline/provision/prove.js';
import type { SqlTarget } from '../../../src/ports/sql.js';
import { Secret } from '../../../src/shared/secret.js';
import { fakeClock } from '../../fakes/fake-clock.js';
import { fakeVault } from '../../fakes/fake-vault.js';

const PASSWORD = 'right';
const away = (value: string): DbctlError => new DbctlError('DATABASE_UNAVAILABLE', 'psql could not connect', { value });

/** A server that cannot be reached for a while, as its clock goes. */
const context = async (awaySeconds: number, words: string) => {
  const clock = fakeClock({ auto: true });
  const begun = clock.monotonic();
  const seconds = (): number => (clock.monotonic() - begun) / 1000;
  const vault = fakeVault();
  await vault.write('secret', 'postgres/copy', { password: new Secret(PASSWORD) }, 0);
  const run = async (target: SqlTarget & { password?: Secret; user?: string }): Promise<unknown[]> => {
    if (target.password === undefined)
      return [{ methods: ['scram-sha-256'], verifier: 'scram-sha-256', systemIdentifier: '7' }];
    if (seconds() < awaySeconds) throw away(words);
    if (target.password.reveal() !== PASSWORD)
      throw away(`FATAL:  password authentication failed for user "${target.user ?? ''}"`);
    return [{ role: 'copy', database: 'copy', server: '127.0.0.1', port: 5433, client: '127.0.0.1', version: '15' }];
  };
  const alloc = {
    ...{ ID: 'a', JobID: 'copy', DesiredStatus: 'run', ClientStatus: 'running' },
    TaskStates: { 'db-backup': { State: 'running' } },
  };
  const ctx = {
    ...{ clock, vault, sql: { run }, nomad: { allocations: async () => [alloc] } },
    newSecret: () => new Secret('wrong'),
    signal: new AbortController().signal,
    service: { name: 'copy', job: 'copy', vault: { mount: 'secret', path: 'postgres/copy', key: 'password' } },
    plan: {
      ...{ service: 'copy', kind: 'new-app' },
      target: { job: 'copy', toolbox: 'db-backup', port: 5433, role: 'copy', databases: [{ name: 'copy' }] },
    },
    journal: { record: async () => undefined },
    progress: () => undefined,
  } as unknown as ProvisionContext;
  return { ctx, seconds };
};

describe('a login at a new address', () => {
  it('is tried again until the server can be reached, for two minutes', async () => {
    const { ctx, seconds } = await context(90, 'could not translate host name');
    expect(await proveStep.run(ctx)).toMatchObject({ summary: expect.stringContaining('copy logged in') });
    expect(seconds()).toBeGreaterThanOrEqual(90);
    const late = await context(100_000, 'Connection refused');
    await expect(proveStep.run(late.ctx)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(late.seconds()).toBeGreaterThanOrEqual(120);
    expect(late.seconds()).toBeLessThan(130);
  });

  it('is not tried again where the server says no', async () => {
    const { ctx, seconds } = await context(100_000, 'FATAL:  password authentication failed for user "copy"');
    await expect(proveStep.run(ctx)).rejects.toMatchObject({ code: 'LOGIN_UNPROVEN' });
    expect(seconds()).toBeLessThan(1);
  });
});
