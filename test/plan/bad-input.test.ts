import { describe, expect, it } from 'vitest';
import { buildServicePlan } from '../../src/plan/build-service-plan.js';
import type { ServiceFacts } from '../../src/plan/facts.js';
import { neededBytes } from '../../src/plan/findings/disk.js';
import type { Finding, ServicePlan } from '../../src/plan/types.js';
import { database, facts, inventory, node, service, source } from './fixtures.js';

const plan = (more: Partial<ServiceFacts> = {}): ServicePlan =>
  buildServicePlan(inventory(), service('speedtest'), facts(more));

const found = (code: string, more: Partial<ServiceFacts>): Finding | undefined =>
  plan(more).findings.find((finding) => finding.code === code);

const volume = { id: 'v-1', name: 'speedtest_postgres_data', nodeId: node.id, state: 'ready' };

describe('what the end-to-end table cannot make', () => {
  it.each(['1.9.7', '1.7.0', '0.12.1', 'v1.9.0+ent'])('Nomad %s is too old for dynamic volumes', (nomadVersion) => {
    expect(found('NOMAD_TOO_OLD', { node: { ...node, nomadVersion, volumePlugins: [] } })).toMatchObject({
      level: 'blocked',
      text: expect.stringContaining(nomadVersion),
      next: expect.stringContaining('update Nomad'),
    });
  });

  it.each(['1.10.0', '1.11.1', '2.0.0', ''])('Nomad %s is not', (nomadVersion) => {
    expect(found('NOMAD_TOO_OLD', { node: { ...node, nomadVersion } })).toBeUndefined();
  });

  it('says that the disk is unknown when the app has no shell to ask', () => {
    const disk = { freeBytes: null, unreadable: 'exit code 127, is there a /bin/sh?' };
    expect(found('DISK_UNKNOWN', { disk })).toMatchObject({
      level: 'info',
      text: expect.stringContaining('exit code 127'),
    });
  });
});

describe('disk space', () => {
  const need = neededBytes(database().sizeBytes);
  it.each([
    [need - 1, true],
    [need, false],
  ])('with %d bytes free blocks: %s', (freeBytes, blocks) => {
    expect(found('DISK_SHORT', { disk: { freeBytes, unreadable: null } }) !== undefined).toBe(blocks);
  });
});

describe('a data volume that is there already', () => {
  it('is refused when no run of dbctl made it', () => {
    expect(found('VOLUME_NOT_OURS', { volumes: [volume] })).toMatchObject({ level: 'blocked' });
    expect(found('VOLUME_NOT_OURS', { volumes: [volume], ownVolume: 'v-2' })).toMatchObject({ level: 'blocked' });
  });

  it('is used again when an earlier run of the service made it', () => {
    expect(found('VOLUME_NOT_OURS', { volumes: [volume], ownVolume: 'v-1' })).toBeUndefined();
    expect(found('VOLUME_EXISTS', { volumes: [volume], ownVolume: 'v-1' })).toMatchObject({ level: 'info' });
  });
});

it('passes by a port on which something unknown to Nomad listens', () => {
  expect(plan({ listening: [5433, 5434] }).target.port).toBe(5435);
});

it('names every other service that uses the database', () => {
  const sharedWith = [{ service: 'freshrss', database: 'speedtest' }];
  expect(found('DATABASE_SHARED', { sharedWith })).toMatchObject({
    level: 'blocked',
    text: expect.stringContaining('freshrss'),
  });
});

it.each([
  ['empty', 'PASSWORD_EMPTY'],
  ['line-break', 'PASSWORD_LINE_BREAK'],
] as const)('a password that is %s is refused without being compared', (flaw, code) => {
  const vault = { secret: { version: 1, keys: ['password'] }, fits: null, flaw };
  expect(found(code, { vault })).toMatchObject({ level: 'blocked', next: expect.stringContaining('vault kv patch') });
  expect(found('SECRET_UNCHECKED', { vault })).toBeUndefined();
});

it('keeps another encoding than UTF8 and says so', () => {
  const moving = [database({ encoding: 'LATIN1' })];
  expect(found('ENCODING_NOT_UTF8', { source: source({ moving }) })).toMatchObject({ level: 'warn' });
});
