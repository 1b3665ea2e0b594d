import type { Filling } from '../../../engines/postgres/fill.js';
import { DbctlError } from '../../../errors/dbctl-error.js';
import type { FillPlan } from '../../../plan/provision/types.js';
import type { FoundSet } from '../../restore/context.js';
import type { Fill, ProvisionContext } from '../context.js';

const missing = (ctx: ProvisionContext, what: string): DbctlError =>
  new DbctlError('INTERNAL', `${what} of this run is not known`, { where: `service ${ctx.plan.service}` });

/** The command that takes another backup for the same. */
export const otherBackup = ({ plan }: ProvisionContext, from: string): string =>
  from === plan.service ? `dbctl rebuild ${from}` : `dbctl restore ${from} --as ${plan.service}`;

/** What fills the database, and under which names. Throws INTERNAL for a run that fills nothing. */
export function fillOf(ctx: ProvisionContext): Fill & { readonly plan: FillPlan } {
  const { fill, plan } = ctx;
  if (fill && plan.fill) return { ...fill, plan: plan.fill };
  throw missing(ctx, 'the backup');
}

function recorded<T>(ctx: ProvisionContext, key: string): T {
  const value = ctx.journal.fact<T>(key);
  if (value !== undefined) return value;
  throw missing(ctx, key);
}

export const takenSet = (ctx: ProvisionContext): FoundSet => recorded(ctx, 'fill.set');

/** Databases under the names that they have in the backup. */
export interface Filled {
  readonly database: string;
  readonly oid: number;
}

export const filledDatabases = (ctx: ProvisionContext): readonly Filled[] => recorded(ctx, 'fill.made');

export const filling = (ctx: ProvisionContext): Filling => ({
  service: ctx.plan.service,
  run: ctx.run,
  systemIdentifier: recorded(ctx, 'fill.system'),
});
