import { oneByOne } from '../../one-by-one.js';
import { verifyOne } from '../../restore/verify-step.js';
import type { Step } from '../../step.js';
import { equalText } from '../../steps/verify.js';
import type { ProvisionContext } from '../context.js';
import { filledDatabases } from './facts.js';

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
    const facts = [...FACTS.map((name) => `database ${name}`), 'setting', 'role'];
    const found = await oneByOne(filledDatabases(ctx), ({ database }) => verifyOne(ctx, database, facts));
    return { summary: equalText(found), evidence: { databases: found.length } };
  },
};
