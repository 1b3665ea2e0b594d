import { z } from 'zod';
import { renderReport } from '../render/report.js';
import type { ReportDocument, ReportedRun } from '../report/report-document.js';
import type { ReportPage } from '../report/report-page.js';
import { redacted } from '../shared/redact.js';
import type { UseCaseDeps } from './deps.js';
import type { DoctorDeps } from './doctor/deps.js';
import { examined } from './doctor/doctor.js';
import { oneLook } from './one-look.js';
import { look } from './status/look.js';
import { pagesOf, statusOf } from './status/status.js';

/** Everything the page shows: the cluster as it is now, and what lies beside dbctl.yaml of every run. Changes nothing. */
export async function reportDocument(given: DoctorDeps): Promise<ReportDocument> {
  const deps = oneLook(given);
  const [seen, doctor] = await Promise.all([look(deps, deps.inventory.services), examined(deps)]);
  const found = await Promise.all(deps.inventory.services.map(({ name }) => runsOf(deps, name)));
  return redacted({
    schema: 'dbctl.report/1',
    at: seen.now.toISOString(),
    status: statusOf(deps, seen),
    services: pagesOf(deps, seen),
    doctor,
    runs: found.flatMap(({ runs }) => runs).toSorted((a, b) => (a.run < b.run ? 1 : -1)),
    unreadable: found.flatMap(({ unreadable }) => unreadable),
  });
}

/** The page as one HTML text that needs nothing else. Pure. */
export const reportHtml = (page: ReportPage): string => renderReport(page);

const KINDS = ['migrate', 'rollback', 'finalize'] as const;

const comparison = z.looseObject({
  database: z.string(),
  match: z.boolean(),
  tables: z.array(z.object({ name: z.string(), rows: z.number(), digest: z.string(), match: z.boolean() })),
  sequences: z.object({ count: z.number(), match: z.boolean() }),
  largeObjects: z.object({ count: z.number(), match: z.boolean() }),
  catalogDiff: z.array(z.string()),
});

const savedRun = z.looseObject({
  service: z.string(),
  run: z.string(),
  status: z.string(),
  downtimeSeconds: z.number().nullable(),
  evidence: z.looseObject({ databases: z.array(comparison) }).nullable(),
});

interface Found {
  readonly runs: readonly ReportedRun[];
  readonly unreadable: readonly string[];
}

/** The operator keeps these files, in git too: one that is not what it was is named, the others are shown. */
async function runsOf(deps: UseCaseDeps, service: string): Promise<Found> {
  const dir = `${deps.home}/migrations-plan/${service}`;
  const paths = (await deps.files.list(dir)).flatMap((run) =>
    KINDS.map((kind) => ({ kind, path: `${dir}/${run}/${kind}.json` })),
  );
  const read = await Promise.all(paths.map(async (one) => ({ ...one, text: await deps.files.read(one.path) })));
  const there = read.flatMap(({ kind, path, text }) =>
    text === undefined ? [] : [{ path, run: parseRun(kind, text) }],
  );
  return {
    runs: there.flatMap(({ run }) => run ?? []),
    unreadable: there.filter(({ run }) => run === undefined).map(({ path }) => path),
  };
}

function parseRun(kind: ReportedRun['kind'], text: string): ReportedRun | undefined {
  const parsed = savedRun.safeParse(jsonOr(text));
  if (!parsed.success) return undefined;
  const { service, run, status, downtimeSeconds, evidence } = parsed.data;
  return { kind, service, run, status, downtimeSeconds, databases: (evidence?.databases ?? []).map(shownOf) };
}

const shownOf = (found: z.infer<typeof comparison>): ReportedRun['databases'][number] => {
  const { database, match, tables, sequences, largeObjects, catalogDiff } = found;
  return { database, match, tables, sequences, largeObjects, catalogDiff };
};

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
