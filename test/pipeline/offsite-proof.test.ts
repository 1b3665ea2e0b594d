import { expect, it } from 'vitest';
import { offsiteProof } from '../../src/pipeline/offsite-proof.js';
import type { BackupCatalog } from '../../src/report/backup-catalog.js';

const MOVED = { databases: ['app', 'log'], systemIdentifier: '8000', since: '2026-11-20T21:00:00.000Z' };
type Known = BackupCatalog['sets'][number];

const receipt = (verified: boolean): Known['receipts'][number] => ({
  ...{ schema: 'dbctl.receipt/1', target: 'b2', id: '000001-20261121T023000Z', at: '2026-11-21T02:31:00Z' },
  ...{ prefix: 'app/2026/11/21/000001-20261121T023000Z', encrypted: true, verified, files: 5, bytes: 900 },
});

const database = (name: string): Known['databases'][number] => ({
  ...{ database: name, oid: 16_400, folder: name, sizeBytes: 1, bytes: 1, tables: 1, rows: 1 },
  ...{ manifestSha256: 'a'.repeat(64), evidenceSha256: 'b'.repeat(64) },
});

function catalog(change: Partial<Known> = {}): BackupCatalog {
  const set: Known = {
    ...{ schema: 'dbctl.backup/1', id: '000001-20261121T023000Z', counter: 1, service: 'app', kind: 'scheduled' },
    ...{ started: '2026-11-21T02:30:00Z', finished: '2026-11-21T02:30:09Z' },
    server: { systemIdentifier: '8000', version: 150_018, pgDump: '15.18' },
    databases: ['app', 'log'].map(database),
    ...{ files: [], bytes: 2, pinned: false, receipts: [receipt(true)], ...change },
  };
  const about = { service: 'app', written: '2026-11-21T02:31:00Z', schedule: null, zone: null, problem: null };
  return { schema: 'dbctl.catalog/1', ...about, sets: [set], attempts: [] };
}

it('takes a copy that was read back of a backup since the move', () => {
  expect(offsiteProof(catalog(), MOVED)).toBe('receipt');
});

it.each<[string, Partial<Known>]>([
  ['is older than the move', { started: '2026-11-20T20:59:59Z' }],
  ['is of another server', { server: { systemIdentifier: '8001', version: 150_018, pgDump: '15.18' } }],
  ['lacks a database', { databases: [database('app')] }],
  ['has no receipt', { receipts: [] }],
])('takes none that %s', (_, change) => {
  expect(offsiteProof(catalog(change), MOVED)).toBe('none');
});

it('says when copies were only sent', () => {
  expect(offsiteProof(catalog({ receipts: [receipt(false)] }), MOVED)).toBe('unverified');
});

it('takes nothing for proven while it does not know what was moved, or has no catalog', () => {
  expect(offsiteProof(catalog(), { ...MOVED, systemIdentifier: null })).toBe('none');
  expect(offsiteProof(catalog(), { ...MOVED, since: null })).toBe('none');
  expect(offsiteProof(undefined, MOVED)).toBe('none');
});
