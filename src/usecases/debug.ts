import { DbctlError } from '../errors/dbctl-error.js';
import type { Inventory } from '../inventory/types.js';
import { readJournal } from '../pipeline/journal-store.js';
import { jobOutline } from '../plan/job-outline.js';
import { serviceName, sharedBackupJob } from '../plan/names.js';
import type { ArchiveEntry } from '../ports/files.js';
import { fileName } from '../shared/file-name.js';
import { once } from '../shared/once.js';
import { redacted } from '../shared/redact.js';
import { scrubbed } from '../shared/scrub.js';
import { backups } from './backups.js';
import type { UseCaseDeps } from './deps.js';
import type { DoctorDeps } from './doctor/deps.js';
import { examined } from './doctor/doctor.js';
import { reported } from './move-report.js';
import { oneLook } from './one-look.js';
import { planServices } from './plan.js';
import { look } from './status/look.js';
import { pagesOf, statusOf } from './status/status.js';

export interface Bundle {
  readonly entries: readonly ArchiveEntry[];
  readonly missing: readonly string[];
}

/** One file of the bundle, and how its content is found. */
interface Part {
  readonly name: string;
  readonly read: () => Promise<unknown>;
}

/**
 * What somebody who helps needs, without a secret: job outlines instead of jobspecs, no environment, no template, no data, no log.
 * What cannot be read is an error in its own file. Changes nothing.
 */
export async function debugBundle(deps: DoctorDeps, version: string): Promise<Bundle> {
  const missing: string[] = [];
  const entries: ArchiveEntry[] = [];
  // One after another: who helps wants to see how things are, not how they are under load.
  for (const { name, read } of partsOf(oneLook(deps), version)) {
    const value = await read().catch((error: unknown) => failed(error, name, missing));
    entries.push({ name, text: `${JSON.stringify(scrubbed(redacted(plainOf(value))), null, 2)}\n` });
  }
  return { entries: [readme(), ...entries], missing };
}

function partsOf(deps: DoctorDeps, version: string): Part[] {
  const { inventory, nomad } = deps;
  const seen = once(() => look(deps, inventory.services));
  return [
    {
      name: 'versions.json',
      read: async () => ({ dbctl: version, node: process.version, nomad: await nomad.agentSelf() }),
    },
    { name: 'inventory.json', read: async () => withoutUrls(inventory) },
    { name: 'status.json', read: async () => statusOf(deps, await seen()) },
    { name: 'services.json', read: async () => pagesOf(deps, await seen()) },
    { name: 'doctor.json', read: () => examined(deps) },
    { name: 'backups.json', read: () => backups(deps) },
    { name: 'plan.json', read: () => planServices(deps) },
    ...inventory.services.map(({ name }) => ({
      name: `journals/${fileName(name)}.json`,
      read: () => journal(deps, name),
    })),
    ...jobsOf(inventory).map((job) => ({ name: `jobs/${fileName(job)}.json`, read: () => outline(deps, job) })),
  ];
}

const jobsOf = ({ services, shared }: Inventory): string[] => [
  ...new Set([
    shared.job,
    sharedBackupJob(shared.job),
    ...services.flatMap(({ name, job }) => [job, serviceName(name)]),
  ]),
];

const journal = async (deps: UseCaseDeps, name: string): Promise<unknown> =>
  (await readJournal(deps.nomad, name)) ?? { none: 'dbctl has not moved or made it' };

async function outline(deps: UseCaseDeps, id: string): Promise<unknown> {
  const job = await deps.nomad.job(id);
  return job === undefined ? { none: 'Nomad does not know the job' } : jobOutline(job);
}

/** The address of a message is often all that it takes to send one. */
const withoutUrls = (inventory: Inventory): unknown => ({
  ...inventory,
  shared: { ...inventory.shared, backup: silent(inventory.shared.backup) },
  services: inventory.services.map((service) => ({ ...service, backup: silent(service.backup) })),
});

const silent = (backup: Inventory['shared']['backup']): unknown => ({
  ...backup,
  notify: backup.notify.map(({ kind, on }) => ({ kind, on })),
});

function failed(error: unknown, name: string, missing: string[]): unknown {
  if (!(error instanceof DbctlError)) throw error;
  missing.push(name);
  return { error: reported(error) };
}

/** As JSON has it: what is `undefined` is not there, and nothing has a class. */
const plainOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const readme = (): ArchiveEntry => ({
  name: 'README.txt',
  text: [
    'Written by dbctl debug. Look through it before you give it to anybody.',
    'In it: versions, the inventory, names and sizes of databases, journals of runs, outlines of jobs.',
    'Not in it: passwords, verifiers, environment values, templates, arguments of commands, logs, data.',
    '',
  ].join('\n'),
});
