import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNomad, type TestNomad } from '../support/nomad.js';
import { golden } from './golden.js';

/** Validation asks only whether Vault is configured, never Vault itself. */
const VAULT =
  'vault {\n  enabled = true\n  address = "http://127.0.0.1:1"\n  default_identity {\n    aud = ["vault.io"]\n    ttl = "1h"\n  }\n}';

const agent: { up?: TestNomad } = {};
beforeAll(async () => {
  agent.up = await startNomad({ config: VAULT });
});
afterAll(() => agent.up?.stop());

test.each([
  'speedtest-host.after',
  'speedtest-bridge.after',
  'vaultwarden.after',
  'gitea.after',
  'authelia.after',
  'freshrss.after',
  'freshrss.back',
  'rehearsal-exec-host',
  'rehearsal-docker-bridge',
  'rehearsal-podman-host-18',
  'own-job-news',
  'app-job-news',
  'speedtest-none.after',
  'two-groups.after',
  'look-exec-host',
  'look-docker-csi',
  'tools-exec',
  'tools-docker-csi',
  'rescue-exec-host',
  'rescue-docker-bridge',
  'own-job-exec',
  'own-job-docker-csi-18',
  'shared-backup-exec',
  'shared-backup-docker-csi',
])('a real agent parses and validates %s', async (name) => {
  const Source = golden(`${name}.nomad.hcl`);
  const job = await agent.up?.port.parseJob({ Source, Format: 'hcl2' });
  expect(job?.TaskGroups.length).toBeGreaterThan(0);
  if (job === undefined) return;
  const { errors } = (await agent.up?.port.validateJob(job)) ?? { errors: ['no agent'] };
  expect(errors).toEqual([]);
});

test('a real agent parses and validates the job of docs/way-back.md', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/way-back.md'), 'utf8');
  const Source = /```hcl\n(job .*?)```/s.exec(page)?.[1] ?? '';
  const job = await agent.up?.port.parseJob({ Source, Format: 'hcl2' });
  expect(job?.ID).toBe('dbctl-prove');
  if (job === undefined) return;
  expect((await agent.up?.port.validateJob(job))?.errors).toEqual([]);
});
