import { Argument, type Command, Option } from 'commander';
import type { Policy, PolicyDocument } from '../../report/policy-document.js';
import { policyText } from '../../ui/policy-text.js';
import { policies } from '../../usecases/policies.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface PolicyFlags extends GlobalFlags {
  readonly authPath: string;
  readonly accessor?: string;
}

const KINDS: readonly Policy['for'][] = ['nomad', 'vault', 'workload', 'consul'];

export function addPolicyCommand(program: Command, deps: CliDeps): void {
  program
    .command('policy')
    .summary('print the smallest rights that dbctl and its tasks need; asks no server')
    .addArgument(new Argument('[for]', 'only these').choices(KINDS))
    .addOption(new Option('--auth-path <path>', "where Vault's login of Nomad's tasks is mounted").default('jwt-nomad'))
    .option('--accessor <id>', 'accessor of that login (vault auth list)')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl policy vault | vault policy write dbctl -')
    .action(async (kind: Policy['for'] | undefined, flags: PolicyFlags) => {
      const { inventory, namespace } = await deps.inventory(flags);
      const all = policies(inventory, { namespace, auth: flags.authPath, accessor: flags.accessor });
      const chosen = all.filter((policy) => kind === undefined || policy.for === kind);
      const document: PolicyDocument = { schema: 'dbctl.policy/1', policies: chosen };
      deps.io.out(flags.json ? `${JSON.stringify(document, null, 2)}\n` : policyText(chosen));
    });
}
