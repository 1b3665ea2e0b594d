import { Argument, type Command, Option } from 'commander';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { Policy, PolicyDocument } from '../../report/policy-document.js';
import { policyText } from '../../ui/policy-text.js';
import { policies } from '../../usecases/policies.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface PolicyFlags extends GlobalFlags {
  readonly authPath: string;
  readonly accessor?: string;
  readonly name?: string;
}

const KINDS: readonly Policy['for'][] = ['nomad', 'vault', 'workload', 'consul'];

export function addPolicyCommand(program: Command, deps: CliDeps): void {
  program
    .command('policy')
    .summary('print the smallest rights that dbctl and its tasks need; asks no server')
    .addArgument(new Argument('[for]', 'only these').choices(KINDS))
    .addOption(new Option('--auth-path <path>', "where Vault's login of Nomad's tasks is mounted").default('jwt-nomad'))
    .option('--accessor <id>', 'accessor of that login (vault auth list)')
    .option('--name <policy>', 'only what is called so; it can be piped into vault policy write')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl policy vault | vault policy write dbctl -')
    .action(async (kind: Policy['for'] | undefined, flags: PolicyFlags) => {
      const { inventory, namespace } = await deps.inventory(flags);
      const all = policies(inventory, { namespace, auth: flags.authPath, accessor: flags.accessor });
      const chosen = all.filter(
        (policy) => (kind ?? policy.for) === policy.for && (flags.name ?? policy.name) === policy.name,
      );
      requireSome(chosen, all, flags.name);
      const document: PolicyDocument = { schema: 'dbctl.policy/1', policies: chosen };
      deps.io.out(flags.json ? `${JSON.stringify(document, null, 2)}\n` : policyText(chosen));
    });
}

function requireSome(chosen: readonly Policy[], all: readonly Policy[], name: string | undefined): void {
  if (chosen.length > 0 || name === undefined) return;
  const known = [...new Set(all.map((policy) => policy.name))];
  throw new DbctlError('USAGE', 'no policy is called so', {
    value: name,
    next: `--name is one of: ${known.join(', ')}`,
  });
}
