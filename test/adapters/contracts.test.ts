import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.js';
import { localFiles } from '../../src/adapters/files.js';
import type { NomadJob } from '../../src/ports/nomad.js';
import { consulContract } from '../contracts/consul.contract.js';
import { filesContract } from '../contracts/files.contract.js';
import { jobsContract } from '../contracts/jobs.contract.js';
import { variablesContract } from '../contracts/variables.contract.js';
import { vaultContract } from '../contracts/vault.contract.js';
import { volumesContract } from '../contracts/volumes.contract.js';
import { fakeClock } from '../fakes/fake-clock.js';
import { fakeConsul } from '../fakes/fake-consul.js';
import { fakeFiles } from '../fakes/fake-files.js';
import { fakeNomad } from '../fakes/fake-nomad.js';
import { fakeVault } from '../fakes/fake-vault.js';

const spec = (id: string): NomadJob => ({
  ID: id,
  Name: id,
  TaskGroups: [{ Name: 'main', Tasks: [{ Name: 'idle', Driver: 'raw_exec' }] }],
});
const clock = fakeClock();
const timed = fakeNomad(clock);
const nomad = fakeNomad();
const vault = fakeVault();
const consul = fakeConsul();
const dir = mkdtempSync(join(tmpdir(), `dbctl-files-${randomBytes(2).toString('hex')}-`));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

variablesContract('fake', { port: () => timed.port, pass: clock.advance });
jobsContract('fake', { port: () => nomad.port, spec });
volumesContract('fake', { port: () => nomad.port });
vaultContract('fake', { port: () => vault });
consulContract('fake', { port: () => consul, register: async (entry) => void consul.registrations.push(entry) });
filesContract('fake', { port: fakeFiles(), dir: '/home/operator' });
filesContract('real', { port: localFiles(), dir });

test('files and folders of private texts are private, also when the file was public before', async () => {
  const files = localFiles();
  await files.write(join(dir, 'p', 'key'), 'x');
  await files.write(join(dir, 'p', 'key'), 'y', 0o600);
  await files.write(join(dir, 'q', 'key'), 'y', 0o600);
  expect(statSync(join(dir, 'p', 'key')).mode & 0o777).toBe(0o600);
  expect(statSync(join(dir, 'q')).mode & 0o777).toBe(0o700);
});

test('an aborted sleep rejects with the reason of the signal', async () => {
  const stop = new AbortController();
  const sleeping = systemClock().sleep(60_000, stop.signal);
  stop.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  await expect(systemClock().sleep(1, stop.signal)).rejects.toThrow('enough');
});

test('the clock sleeps about as long as asked', async () => {
  const began = systemClock().monotonic();
  await systemClock().sleep(30);
  expect(systemClock().monotonic() - began).toBeGreaterThanOrEqual(25);
});
