import { parseEvidence } from '../../engines/postgres/evidence.js';
import type { EvidenceComparison } from '../../report/report.js';
import type { MoveContext } from '../context.js';
import { evidenceFolder, stepOf } from '../folders.js';
import { toolboxOf } from '../live.js';
import { oneByOne } from '../one-by-one.js';
import type { Step } from '../step.js';
import { equalText, requireEqual } from '../steps/verify.js';
import { finishedRun, type ToolboxContext } from '../toolbox-run.js';
import type { RestoreContext } from './context.js';
import { madeDatabases } from './facts.js';

/** What came back against what was dumped. Throws EVIDENCE_DIFFERS naming every difference. */
export const verifyStep: Step<RestoreContext> = {
  id: 'verify',
  title: 'Compare every table, sequence and catalog entry',
  run: async (ctx) => {
    const found = await oneByOne(madeDatabases(ctx), ({ database }) => verifyOne(ctx, database));
    return { summary: equalText(found), evidence: { databases: found.length } };
  },
};

const OF_THE_DATABASE = [
  'encoding',
  'collate',
  'ctype',
  'provider',
  'locale',
  'owner',
  'acl',
  'connection limit',
  'comment',
];

/** Of a database that was made as it was all but the version of the collation library: what sorts differently is built anew. */
export const FACTS_AS_IT_WAS: readonly string[] = [
  ...OF_THE_DATABASE.map((name) => `database ${name}`),
  ...['setting', 'role'],
];

/** `facts`: those of the database itself that count too, see CompareOptions.facts. */
export async function verifyOne(
  ctx: Parameters<typeof toolboxOf>[0] & ToolboxContext & Pick<MoveContext, 'files' | 'evidenceDir'>,
  database: string,
  facts: readonly string[] = [],
): Promise<EvidenceComparison> {
  const run = await finishedRun(ctx, await toolboxOf(ctx), stepOf('import', database));
  return await requireEqual(ctx, {
    database,
    source: parseEvidence(await run.read('dumped.jsonl')),
    target: parseEvidence(await run.read('evidence.jsonl')),
    folder: evidenceFolder(ctx, database),
    // The app wrote while it was backed up: pg_dump reads a sequence when it comes to it, after the snapshot.
    sequences: 'at-least',
    facts,
  });
}
