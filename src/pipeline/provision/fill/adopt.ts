import { adoptSql, dropStrangersSql } from '../../../engines/postgres/fill.js';
import { scramVerifier } from '../../../engines/postgres/scram.js';
import { setPasswordSql } from '../../../engines/postgres/target.js';
import { targetSql } from '../../live.js';
import { entryFor } from '../../recorded.js';
import type { Step } from '../../step.js';
import { vaultPassword } from '../../vault-password.js';
import type { ProvisionContext } from '../context.js';
import { filledDatabases, filling, fillOf } from './facts.js';

const SALT_BYTES = 16;

/** The role gets its new name, and with it all that it owns and may; then the password that Vault has for the new service. */
export const adoptStep: Step<ProvisionContext> = {
  id: 'adopt',
  title: 'Give databases and role their new names',
  run: async (ctx) => {
    const { plan, chosen } = fillOf(ctx);
    const { databases, role } = plan;
    const made = filledDatabases(ctx);
    const adopted = databases.map(({ from, to }) => ({ from, to, oid: entryFor(made, from).oid }));
    const server = await targetSql(ctx);
    await ctx.sql.run(server, adoptSql(filling(ctx), adopted, role), { signal: ctx.signal });
    if (chosen.service !== undefined)
      await ctx.sql.run(server, dropStrangersSql(filling(ctx), role.to), { signal: ctx.signal });
    const verifier = scramVerifier(await vaultPassword(ctx), { salt: ctx.randomBytes(SALT_BYTES) });
    await ctx.sql.run(server, setPasswordSql(role.to, verifier), { signal: ctx.signal });
    const names = databases.map(({ from, to }) => (from === to ? to : `${from} is ${to}`));
    return {
      summary: `${names.join(', ')}; role ${role.from === role.to ? role.to : `${role.from} is ${role.to}`}`,
      evidence: { databases: adopted, role },
    };
  },
};
