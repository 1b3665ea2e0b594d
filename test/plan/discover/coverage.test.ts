import { describe, expect, it } from 'vitest';
import type { CatalogLook } from '../../../src/plan/discover/types.js';
import { answer, app, discovered, NOW, sharedServer } from './world.js';

const HOUR = 3_600_000;
const ago = (hours: number): string => new Date(NOW.getTime() - hours * HOUR).toISOString();

const catalog = (
  hours: number,
  drills: readonly { at: string; status: string }[],
  system = '7001',
  database = 'wiki',
): CatalogLook => ({
  job: 'backup',
  catalog: {
    ...{
      schema: 'dbctl.catalog/1',
      service: 'x',
      written: ago(0),
      schedule: null,
      zone: null,
      problem: null,
      attempts: [],
    },
    drills,
    sets: [
      {
        ...{ schema: 'dbctl.backup/1', id: '000001-20261128T000000Z', counter: 1, service: 'x', kind: 'scheduled' },
        ...{ started: ago(hours), finished: ago(hours), files: [], bytes: 1, pinned: false, receipts: [] },
        server: { systemIdentifier: system, version: 160_004, pgDump: '16' },
        databases: [
          {
            database,
            ...{
              oid: 1,
              folder: database,
              sizeBytes: 1,
              bytes: 1,
              tables: 1,
              rows: 1,
              manifestSha256: '',
              evidenceSha256: '',
            },
          },
        ],
      },
    ],
  },
});

const GOOD = [{ at: ago(24), status: 'ok' }];

describe('whether a database is covered', () => {
  it.each([
    ['fresh and drilled', [catalog(2, GOOD)], []],
    ['no backup at all', [], ['BACKUP_NONE']],
    ['a backup of two days', [catalog(48, GOOD)], ['BACKUP_LATE']],
    ['never drilled', [catalog(2, [])], ['BACKUP_NOT_DRILLED']],
    ['a drill that failed', [catalog(2, [{ at: ago(24), status: 'failed' }])], ['BACKUP_NOT_DRILLED']],
    ['a drill of six weeks', [catalog(2, [{ at: ago(24 * 42), status: 'ok' }])], ['BACKUP_NOT_DRILLED']],
    ['the same name on another server', [catalog(2, GOOD, '9999')], ['BACKUP_NONE']],
    ['another database of the same server', [catalog(2, GOOD, '7001', 'blog')], ['BACKUP_NONE']],
  ])('%s', (_, catalogs, expected) => {
    const found = discovered({
      jobs: [
        sharedServer(),
        app('wiki', 'registry.home/wiki:1', { DB_HOST: '10.0.0.5', DB_NAME: 'wiki', DB_USER: 'wiki' }),
      ],
      answers: { 'postgresql/postgres': answer(['wiki']) },
      catalogs,
    });
    expect(found.findings.map(({ code }) => code)).toEqual(expected);
  });

  it('is not asked of what dbctl put aside, nor of what is closed', () => {
    const server = answer(['wiki__old_20261120_211530_ab23', 'shut']);
    const databases = server.databases.map((one) => (one.name === 'shut' ? { ...one, open: false } : one));
    const found = discovered({ jobs: [sharedServer()], answers: { 'postgresql/postgres': { ...server, databases } } });
    expect(found.findings).toEqual([]);
    expect(found.servers[0]?.databases.map(({ state }) => state)).toEqual(['closed', 'put-aside']);
  });
});
