import { parseEvidence } from '../../../engines/postgres/evidence.js';
import type { EvidenceComparison } from '../../../report/report.js';
import { evidenceFolder, stepOf } from '../../folders.js';
import { toolboxOf } from '../../live.js';
import { oneByOne } from '../../one-by-one.js';
import type { Step } from '../../step.js';
import { equalText, requireEqual } from '../../steps/verify.js';
import { finishedRun } from '../../toolbox-run.js';
import type { ProvisionContext } from '../context.js';
import { filledDatabases } from './facts.js';
import { IMPORT } from './import.js';

/** Of the databases themselves all but the version of the collation library: what sorts differently is built anew. */
const FACTS = ['encoding', 'collate', 'ctype', 'provider', 'locale', 'owner', 'acl', 'connection limit', 'comment'];

/**
 * Before anything gets another name: so nothing has to be excused, neither owners nor rights nor settings.
 * Throws EVIDENCE_DIFFERS naming every difference.
 */
export const compareStep: Step<ProvisionContext> = {
  id: 'compare',
  title: 'Compare every table, sequence and catalog entry',
  run: async (ctx) => {
    const found = await oneByOne(filledDatabases(ctx), ({ database }) => compareOne(ctx, database));
    return { summary: equalText(found), evidence: { databases: found.length } };
  },
};

async function compareOne(ctx: ProvisionContext, database: string): Promise<EvidenceComparison> {
  const run = await finishedRun(ctx, await toolboxOf(ctx), stepOf(IMPORT, database));
  return await requireEqual(ctx, {
    database,
    source: parseEvidence(await run.read('dumped.jsonl')),
    target: parseEvidence(await run.read('evidence.jsonl')),
    folder: evidenceFolder(ctx, database),
    // The app wrote while it was backed up: pg_dump reads a sequence when it comes to it, after the snapshot.
    sequences: 'at-least',
    facts: [...FACTS.map((name) => `database ${name}`), 'setting', 'role'],
  });
}
