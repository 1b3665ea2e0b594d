import type { RemainingRow } from '../engines/postgres/remaining.js';
import type { NomadJob } from '../ports/nomad.js';
import { tasksNaming } from './names-instance.js';

/** In words, everything that would lose its database if the shared instance stopped; empty = nothing. */
export interface RemainingInput {
  readonly rows: readonly RemainingRow[];
  readonly jobs: readonly NomadJob[];
  readonly shared: { readonly job: string; readonly service: string };
  readonly address: { readonly host: string; readonly port: number } | undefined;
  /** Jobs whose mention of the instance the operator says is no use of it. */
  readonly ignored: readonly string[];
  /** Services of the inventory with the phase of their journal. */
  readonly phases: readonly { readonly service: string; readonly phase: string | undefined }[];
}

export const remainingUses = (input: RemainingInput): string[] => [
  ...input.phases.flatMap(({ service, phase }) => phaseText(service, phase)),
  ...input.rows.map(rowText),
  ...input.jobs
    .filter(({ ID }) => ID !== input.shared.job && !input.ignored.includes(ID))
    .flatMap((job) => jobTexts(job, input)),
];

const SETTLED: ReadonlySet<string> = new Set(['finalized', 'undone', 'rolled-back', 'provisioned', 'on-shared']);

/** Finalized, made for it, never moved, or back again is decided by the databases themselves. */
const phaseText = (service: string, phase: string | undefined): string[] => {
  if (phase === undefined || SETTLED.has(phase)) return [];
  return [`service ${service} is not finalized (${phase}): dbctl finalize ${service}`];
};

function rowText(row: RemainingRow): string {
  switch (row.kind) {
    case 'database':
      return `database ${row.name} (${Math.ceil(row.bytes / 1024)} kB${row.open ? '' : ', closed'}) is still there`;
    case 'session':
      return `${row.count} sessions of role ${row.user} from ${row.client} on ${row.database || 'no database'}`;
    case 'tables':
      return `${row.count} tables in database ${row.database} itself`;
    case 'slot':
      return `replication slot ${row.name}`;
    case 'prepared':
      return `prepared transaction ${row.name}`;
  }
}

/** Only that a task names the instance is told: its settings may hold passwords. */
const jobTexts = (job: NomadJob, { shared, address }: RemainingInput): string[] =>
  tasksNaming(job, { service: shared.service, address }).map(
    ({ Name }) => `job ${job.ID}, task ${Name} names the shared instance in its settings`,
  );
