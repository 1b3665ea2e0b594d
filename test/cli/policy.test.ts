import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { parseInventory } from '../../src/inventory/parse.js';
import { appNames } from '../../src/render/index.js';
import { cliDeps } from '../support/cli-deps.js';

const inventory = parseInventory(
  'version: 1\nshared: { job: postgresql, task: postgres, service: postgresql, admin: postgres/admin }\nservices: { gitea: {} }\n',
  'dbctl.yaml',
  appNames(),
);

async function said(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const deps = cliDeps({
    out: (text) => void lines.push(text),
    inventory: async () => ({ inventory, namespace: 'default' }),
  });
  await buildProgram(deps).parseAsync(['policy', ...args], { from: 'user' });
  return lines.join('');
}

describe('dbctl policy', () => {
  it('prints one policy alone, as vault policy write takes it', async () => {
    const all = await said('workload', '--accessor', 'abc');
    expect(all).toContain('"role_type"');
    const one = await said('workload', '--accessor', 'abc', '--name', 'nomad-workloads');
    expect(one).not.toContain('"role_type"');
    expect(one.match(/^path /gm)).toHaveLength(1);
    expect(all).toContain(one.trim());
  });

  it('refuses the name of none, with those that there are', async () => {
    await expect(said('workload', '--name', 'nomad-workload')).rejects.toMatchObject({
      code: 'USAGE',
      value: 'nomad-workload',
      next: expect.stringContaining('nomad-workloads'),
    });
  });
});
