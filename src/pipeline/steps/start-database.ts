import type { Allocation } from '../../ports/nomad.js';
import { registerDatabase, removeDatabase } from '../own-database.js';
import type { Step } from '../step.js';
import { waitAlloc } from '../wait-alloc.js';
import { initDone } from './gate-in.js';

const PLACE_MS = 180_000;

/** Only for a database in a job of its own: it comes up while the app still runs, so that its start costs no downtime. */
export const startDatabase: Step = {
  id: 'database',
  title: 'Start the database in a job of its own',
  when: ({ target }) => target.placement === 'own-job',
  run: async (ctx) => {
    const { job: id, task } = ctx.plan.target;
    const evalId = await registerDatabase(ctx);
    const placed = await waitAlloc(ctx, {
      jobId: id,
      what: `the database of ${ctx.plan.service}`,
      deadlineMs: PLACE_MS,
      ...(evalId ? { evalId } : {}),
      signal: ctx.signal,
      ready: (allocations) => allocations.find((alloc) => runs(alloc, task)),
    });
    const alloc = await initDone(ctx, placed);
    return {
      summary: `job ${id}, allocation ${alloc.ID.slice(0, 8)} on ${alloc.NodeName ?? ctx.plan.node.name}`,
      evidence: { job: id, allocation: alloc.ID },
    };
  },
  undo: removeDatabase,
};

const runs = (alloc: Allocation, task: string): boolean =>
  alloc.DesiredStatus === 'run' && alloc.ClientStatus === 'running' && alloc.TaskStates?.[task] !== undefined;
