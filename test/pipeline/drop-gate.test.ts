import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedBecause, type DropFacts, type NewDatabase } from '../../src/pipeline/drop-gate.js';

const TOMBSTONE = { database: 'app', tombstone: 'app__old_20261120', oid: 16_400, systemIdentifier: '7000' };
const STATE = {
  systemIdentifier: '7000',
  name: 'app__old_20261120',
  closed: true,
  connLimit: 0,
  sessions: 0,
  namesake: null,
};
const NEW: NewDatabase = {
  systemIdentifier: '8000',
  recordedIdentifier: '8000',
  verified: ['app'],
  emptied: [],
  accepted: [],
};
const NAMES = ['app'];
const STEPS = ['fence', 'dump', 'import', 'verify', 'open', 'prove', 'settle', 'backup'];

/** Everything holds. */
const HOLDS: DropFacts = {
  databases: NAMES,
  stepsDone: ['preflight', 'stage', 'gate-in', ...STEPS],
  recorded: { fence: NAMES, dumps: NAMES, evidence: NAMES, tombstones: NAMES },
  settledAt: '2026-11-20T21:00:00.000Z',
  now: new Date('2026-11-21T21:00:00.000Z'),
  soakSeconds: 24 * 3600,
  offsite: 'waived',
  sources: [{ tombstone: TOMBSTONE, state: STATE, readByUs: false }],
  copies: [
    { folder: '/backups/app/dump', problem: null },
    { folder: '/backups/app/first-backup', problem: null },
  ],
  target: NEW,
  app: { down: [], failing: [] },
  login: [],
};

const state = (change: Partial<typeof STATE> | { name: null } | { namesake: number }): Partial<DropFacts> => ({
  sources: [{ tombstone: TOMBSTONE, state: { ...STATE, ...change }, readByUs: false }],
});
const target = (change: Partial<NewDatabase>): Partial<DropFacts> => ({ target: { ...NEW, ...change } });

/** One thing that does not hold, and a word of what is said about it. */
const FLAWS: readonly (readonly [string, Partial<DropFacts>])[] = [
  ...STEPS.map((id) => [id, { stepsDone: STEPS.filter((step) => step !== id) }] as const),
  ...(['fence', 'dumps', 'evidence', 'tombstones'] as const).map(
    (kind) => [`no ${kind} of database app`, { recorded: { ...HOLDS.recorded, [kind]: [] } }] as const,
  ),
  ['not settled', { settledAt: null }],
  ['not settled', { settledAt: 'edited' }],
  ['until 2026-11-21T21:00:00.000Z', { now: new Date('2026-11-21T20:59:59.000Z') }],
  ['lies off-site', { offsite: 'none' }],
  ['could not be read back', { offsite: 'unverified' }],
  ['another one than the recorded', state({ systemIdentifier: '7001' })],
  ['is not there under its recorded oid', state({ name: null })],
  ['is called app now', state({ name: 'app' })],
  ['another database (oid 99', state({ namesake: 99 })],
  ['is open again', state({ closed: false })],
  ['is open again', state({ closed: false, connLimit: 5 })],
  ['has 1 sessions', state({ sessions: 1 })],
  ['a first backup of every database', { copies: HOLDS.copies.slice(0, 1) }],
  ['cannot be read back', { copies: [...HOLDS.copies, { folder: '/backups/app/x', problem: 'gone' }] }],
  ['could not be looked at', { target: { unreadable: 'no toolbox' } }],
  ['new server is another one', target({ systemIdentifier: '8001' })],
  ['new server is another one', target({ recordedIdentifier: null })],
  ["this run's mark", target({ verified: [] })],
  ['--gone public.results', target({ emptied: [{ table: 'public.results', gone: false }] })],
  ['task app', { app: { down: ['app'], failing: [] } }],
  ['VAULT_SECRET_MISSING', { login: ['the app could not log in at its next start: VAULT_SECRET_MISSING: gone'] }],
  ['check alive (pending)', { app: { down: [], failing: [{ check: 'alive', status: 'pending' }] } }],
];

describe('the drop gate', () => {
  it('is open when everything holds, and only then', () => {
    expect(closedBecause(HOLDS)).toEqual([]);
  });

  it.each(FLAWS)('is closed by one thing, which it names: %s', (says, flaw) => {
    const reasons = closedBecause({ ...HOLDS, ...flaw });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain(says);
  });

  it('is closed by any number of them', () => {
    const some = fc.uniqueArray(fc.constantFrom(...FLAWS), { minLength: 1 });
    fc.assert(
      fc.property(some, (chosen) => {
        const facts: DropFacts = Object.assign({ ...HOLDS }, ...chosen.map(([, flaw]) => flaw));
        expect(closedBecause(facts).length).toBeGreaterThan(0);
      }),
    );
  });

  it('opens for a table that the operator names, and for that alone', () => {
    const emptied = [
      { table: 'public.results', gone: false },
      { table: 'public.jobs', gone: true },
    ];
    const reasons = closedBecause({ ...HOLDS, ...target({ emptied, accepted: ['public.jobs'] }) });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain('table public.results had rows');
  });

  it('takes what an earlier finalize opened for reading for its own, unless others are let in', () => {
    const found = (connLimit: number): Partial<DropFacts> => ({
      sources: [{ tombstone: TOMBSTONE, state: { ...STATE, closed: false, connLimit }, readByUs: true }],
    });
    expect(closedBecause({ ...HOLDS, ...found(0) })).toEqual([]);
    expect(closedBecause({ ...HOLDS, ...found(-1) })).toHaveLength(1);
  });
});
