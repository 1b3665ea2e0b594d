import type { TombstoneState } from '../engines/postgres/closed-state.js';
import type { Tombstone } from '../engines/postgres/tombstone.js';
import type { OffsiteProof } from './offsite-proof.js';

/** The new server and what is on it. */
export interface NewDatabase {
  readonly systemIdentifier: string;
  readonly recordedIdentifier: string | null;
  /** Databases that carry this run's mark "verified". */
  readonly verified: readonly string[];
  /** Tables that had rows when they were moved: empty now, or gone. */
  readonly emptied: readonly { readonly table: string; readonly gone: boolean }[];
  /** Those of them that the operator says are right. */
  readonly accepted: readonly string[];
}

export interface Unreadable {
  readonly unreadable: string;
}

/** What is known right before a source is dropped, all of it read now; nothing is taken from memory. */
export interface DropFacts {
  readonly databases: readonly string[];
  /** Steps that the journal calls done. */
  readonly stepsDone: readonly string[];
  /** What the journal holds of each database, by kind of record. */
  readonly recorded: Readonly<Record<'fence' | 'dumps' | 'evidence' | 'tombstones', readonly string[]>>;
  readonly settledAt: string | null;
  readonly now: Date;
  readonly soakSeconds: number;
  readonly offsite: OffsiteProof | 'waived';
  readonly sources: readonly {
    readonly tombstone: Tombstone;
    readonly state: TombstoneState;
    /** A finalize of this run opened it for reading and was cut. */
    readonly readByUs: boolean;
  }[];
  /** Dumps and first backups; `problem` when one cannot be read back whole. */
  readonly copies: readonly { readonly folder: string; readonly problem: string | null }[];
  readonly target: NewDatabase | Unreadable;
  /** Why the app could not log in at its next start. */
  readonly login: readonly string[];
  readonly app: {
    readonly down: readonly string[];
    readonly failing: readonly { readonly check: string; readonly status: string }[];
  };
}

/** reliability.md I1: every step whose evidence the drop rests on. */
const REQUIRED_STEPS = ['fence', 'dump', 'import', 'verify', 'open', 'prove', 'settle', 'backup'] as const;

/** Every condition for the drop that does not hold, one line each; none = the gate is open. */
export const closedBecause = (facts: DropFacts): string[] => GATES.flatMap((gate) => gate(facts));

type Gate = (facts: DropFacts) => string[];

const journal: Gate = ({ stepsDone, recorded, databases }) => {
  const open = REQUIRED_STEPS.filter((id) => !stepsDone.includes(id));
  const unknown = Object.entries(recorded).flatMap(([kind, names]) =>
    databases.filter((name) => !names.includes(name)).map((name) => `the journal holds no ${kind} of database ${name}`),
  );
  return [...(open.length > 0 ? [`the journal has no finished ${open.join(', ')}`] : []), ...unknown];
};

const soaked: Gate = ({ settledAt, now, soakSeconds }) => {
  const since = settledAt === null ? Number.NaN : Date.parse(settledAt);
  if (Number.isNaN(since)) return ['the move is not settled'];
  const until = new Date(since + soakSeconds * 1000);
  if (now >= until) return [];
  const left = Math.ceil((until.getTime() - now.getTime()) / 1000);
  return [
    `the app has to run on its new database for ${soakSeconds} s first: until ${until.toISOString()}, ${left} s are left`,
  ];
};

const WITHOUT_COPY: Readonly<Record<DropFacts['offsite'], readonly string[]>> = {
  receipt: [],
  waived: [],
  none: [
    'no backup that was made since the move lies off-site: dbctl backup makes one (backup.offsite in dbctl.yaml), or set finalize.offsite: waived if you accept that',
  ],
  unverified: [
    'the off-site copies could not be read back, only sent: let a read of them be allowed, or set finalize.offsite: waived if you accept that',
  ],
};

const offsite: Gate = ({ offsite: known }) => [...WITHOUT_COPY[known]];

const sources: Gate = ({ sources: found }) =>
  found.flatMap(({ tombstone, state, readByUs }) => {
    const { tombstone: name, oid } = tombstone;
    if (state.systemIdentifier !== tombstone.systemIdentifier)
      return [
        `database ${name}: the shared server is another one than the recorded (system identifier ${state.systemIdentifier}, recorded ${tombstone.systemIdentifier})`,
      ];
    const namesake =
      state.namesake === null
        ? []
        : [`the name ${name} belongs to another database (oid ${state.namesake}, recorded ${oid})`];
    if (state.name === null) return [...namesake, `database ${name} is not there under its recorded oid ${oid}`];
    const renamed = state.name === name ? [] : [`database ${name} (oid ${oid}) is called ${state.name} now`];
    return [...namesake, ...renamed, ...opened(name, state, readByUs)];
  });

function opened(name: string, { closed, connLimit, sessions }: TombstoneState, readByUs: boolean): string[] {
  const ours = readByUs && connLimit === 0;
  const open = closed || ours ? [] : [`database ${name} is open again (connection limit ${connLimit})`];
  return sessions > 0 ? [...open, `database ${name} has ${sessions} sessions`] : open;
}

const copies: Gate = ({ copies: found, databases }) => [
  ...(found.length < 2 * databases.length ? ['there are not a dump and a first backup of every database'] : []),
  ...found.flatMap(({ folder, problem }) =>
    problem === null ? [] : [`${folder} cannot be read back whole: ${problem}`],
  ),
];

const target: Gate = ({ target: found, databases }) =>
  'unreadable' in found ? [`the new database could not be looked at: ${found.unreadable}`] : held(found, databases);

const held = (found: NewDatabase, databases: readonly string[]): string[] => [
  ...(found.systemIdentifier === found.recordedIdentifier
    ? []
    : [
        `the new server is another one than the recorded (system identifier ${found.systemIdentifier}, recorded ${found.recordedIdentifier ?? 'none'})`,
      ]),
  ...databases
    .filter((name) => !found.verified.includes(name))
    .map((name) => `the new database ${name} does not carry this run's mark that it was verified`),
  ...found.emptied
    .filter(({ table }) => !found.accepted.includes(table))
    .map(
      ({ table, gone }) =>
        `table ${table} had rows when it was moved and is ${gone ? 'gone' : 'empty'} now; if that is right: --gone ${table}`,
    ),
];

const app: Gate = ({ app: { down, failing } }) => [
  ...(down.length > 0 ? [`task ${down.join(', ')} of the app is not running`] : []),
  ...(failing.length > 0
    ? [`check ${failing.map(({ check, status }) => `${check} (${status})`).join(', ')} does not pass`]
    : []),
];

/** An app with a password that opens nothing would leave what is dropped here as the only database it could use. */
const login: Gate = ({ login: problems }) => [...problems];

const GATES: readonly Gate[] = [journal, soaked, offsite, sources, copies, target, app, login];

export const GATE_COUNT = GATES.length;
