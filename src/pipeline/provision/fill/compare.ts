import { oneByOne } from '../../one-by-one.js';
import { FACTS_AS_IT_WAS, verifyOne } from '../../restore/verify-step.js';
import type { Step } from '../../step.js';
import { equalText } from '../../steps/verify.js';
import type { ProvisionContext } from '../context.js';
import { filledDatabases } from './facts.js';

/**
 * Before anything gets another name: so nothing has to be excused, neither owners nor rights nor settings.
 * Throws EVIDENCE_DIFFERS naming every difference.
 */
export const compareStep: Step<ProvisionContext> = {
  id: 'compare',
  title: 'Compare every table, sequence and catalog entry',
  run: async (ctx) => {
    const found = await oneByOne(filledDatabases(ctx), ({ database }) => verifyOne(ctx, database, FACTS_AS_IT_WAS));
    return { summary: equalText(found), evidence: { databases: found.length } };
  },
};
