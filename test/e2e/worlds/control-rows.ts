import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kit } from './kit.js';
import { asks, piece, type WorldRow } from './world-row.js';

const NOWHERE = 'http://127.0.0.1:1';

const policyPath = (name: string): string => `sys/policies/acl/${name}`;
const writePolicy = (kit: Kit, name: string, policy: string): Promise<unknown> =>
  kit.vault('PUT', policyPath(name), { policy });

/** As it was when the row began. */
async function keepPolicy(kit: Kit, name: string): Promise<void> {
  const { data } = await kit.vault<{ data: { policy: string } }>('GET', policyPath(name));
  kit.notes.set(name, data.policy);
}
const policyBack = (name: string) => async (kit: Kit) => {
  const text = kit.notes.get(name);
  if (text !== undefined) await writePolicy(kit, name, text);
};

const WRITE_WORKLOADS = /(dbctl policy workload --name nomad-workloads .* \| vault policy write nomad-workloads -)/;

async function nodeId(kit: Kit): Promise<string> {
  const [node] = await kit.world.nomad<{ ID: string }[]>('/v1/nodes');
  return node?.ID ?? '';
}
const eligibility = async (kit: Kit, Eligibility: string): Promise<unknown> =>
  kit.put(`/v1/node/${await nodeId(kit)}/eligibility`, { Eligibility });

/** What `docs/permissions.md` gives doctor beside the policy of `dbctl policy vault`. */
const LOOK = 'path "sys/policies/acl/*" {\n  capabilities = ["read"]\n}\n';

async function lookAsOperator(kit: Kit, policy: string): Promise<void> {
  await keepPolicy(kit, 'dbctl');
  await writePolicy(kit, 'dbctl', policy);
  await writePolicy(kit, 'look', LOOK);
  kit.lookWith({ VAULT_TOKEN: await kit.vaultToken(['dbctl', 'look'], '2h') });
}

export const NOMAD_ROWS: readonly WorldRow[] = [
  {
    id: 'nomad-reachable',
    broken: 'NOMAD_ADDR names a port on which nobody listens',
    says: /does not answer/,
    by: 'by hand',
    breakIt: async (kit) => {
      kit.eyes = kit.world.behind({ nomad: NOWHERE, vault: kit.world.lab.vaultAddr });
    },
    mend: async (kit, { fix }) => {
      asks(fix, /check NOMAD_ADDR/);
      kit.lookWith({});
    },
  },
  {
    id: 'nomad-token',
    broken: 'NOMAD_NAMESPACE names one that Nomad does not know',
    says: /nowhere/,
    by: 'by hand',
    breakIt: async (kit) => kit.lookWith({ NOMAD_NAMESPACE: 'nowhere' }),
    mend: async (kit, { fix }) => {
      const names = await kit.shell(piece(fix, /(nomad namespace list)/));
      kit.lookWith({ NOMAD_NAMESPACE: piece(names, /^(default) /m) });
    },
  },
  {
    id: 'nomad-nodes',
    broken: 'the node takes no new work',
    says: /takes no new work/,
    by: 'its command',
    breakIt: (kit) => eligibility(kit, 'ineligible'),
    mend: (kit, { fix }) => kit.shell(piece(fix, /^(nomad node eligibility -enable \w+),/)),
    putBack: (kit) => eligibility(kit, 'eligible'),
  },
];

export const VAULT_ROWS: readonly WorldRow[] = [
  {
    id: 'vault-reachable',
    broken: 'VAULT_ADDR names a port on which nobody listens',
    says: /does not answer/,
    by: 'by hand',
    breakIt: async (kit) => {
      kit.eyes = kit.world.behind({ nomad: kit.world.lab.nomadAddr, vault: NOWHERE });
    },
    mend: async (kit, { fix }) => {
      asks(fix, /check VAULT_ADDR/);
      kit.lookWith({});
    },
  },
  {
    id: 'vault-token',
    broken: 'VAULT_TOKEN is a token that nobody has',
    says: /not valid, or has expired/,
    by: 'by hand',
    breakIt: async (kit) => kit.lookWith({ VAULT_TOKEN: 'hvs.nobody' }),
    mend: async (kit, { fix }) => {
      asks(fix, /set another VAULT_TOKEN/);
      kit.lookWith({});
    },
  },
  {
    id: 'vault-ttl',
    broken: 'the token was given for ten minutes',
    says: /ends in \d min/,
    by: '--fix',
    breakIt: async (kit) => {
      await writePolicy(
        kit,
        'look',
        `path "*" {\n  capabilities = ["create", "read", "update"]\n}\npath "secret/data/postgres/admin" {\n  capabilities = ["deny"]\n}\n`,
      );
      kit.lookWith({ VAULT_TOKEN: await kit.vaultToken(['look'], '10m') });
    },
    mend: (kit) => kit.fix('vault-ttl'),
  },
  {
    id: 'vault-rights',
    broken: "the policy of dbctl's token names no password",
    says: /may not read secret\/data\/postgres\/speedtest/,
    by: 'its command',
    breakIt: (kit) => lookAsOperator(kit, 'path "secret/data/postgres/admin" {\n  capabilities = ["deny"]\n}\n'),
    mend: (kit, { fix }) => kit.shell(piece(fix, /^(dbctl policy vault \| vault policy write dbctl -)$/)),
    putBack: policyBack('dbctl'),
  },
  {
    id: 'vault-token-broad',
    broken: "the policy of dbctl's token names every password, the shared instance's own too",
    says: /may read secret\/data\/postgres\/admin/,
    by: 'its command',
    breakIt: (kit) => lookAsOperator(kit, 'path "secret/data/postgres/*" {\n  capabilities = ["read"]\n}\n'),
    mend: (kit, { fix }) => kit.shell(piece(fix, /^(dbctl policy vault \| vault policy write dbctl -);/)),
    putBack: policyBack('dbctl'),
  },
  {
    id: 'workload-policy',
    broken: 'the policy of tasks was deleted',
    says: /no policy nomad-workloads/,
    by: 'its command',
    breakIt: async (kit) => {
      await keepPolicy(kit, 'nomad-workloads');
      await kit.vault('DELETE', policyPath('nomad-workloads'));
    },
    mend: (kit, { fix }) => kit.shell(piece(fix, WRITE_WORKLOADS)),
    putBack: policyBack('nomad-workloads'),
  },
  {
    id: 'workload-policy-broad',
    broken: 'the policy of tasks names every password',
    says: /lets every job read/,
    by: 'its command',
    breakIt: async (kit) => {
      await keepPolicy(kit, 'nomad-workloads');
      await writePolicy(kit, 'nomad-workloads', 'path "secret/data/postgres/*" {\n  capabilities = ["read"]\n}\n');
    },
    mend: (kit, { fix }) => kit.shell(piece(fix, WRITE_WORKLOADS)),
    putBack: policyBack('nomad-workloads'),
  },
  {
    id: 'vault-template-denied',
    broken: "the policy of tasks names another service's path, and the app was started anew",
    says: /task app .*vault/is,
    by: 'its command',
    breakIt: async (kit) => {
      await keepPolicy(kit, 'nomad-workloads');
      const other = 'path "secret/data/postgres/somebody" {\n  capabilities = ["read"]\n}\n';
      await writePolicy(kit, 'nomad-workloads', other);
      await kit.stopAlloc('speedtest');
    },
    mend: (kit, { fix }) => kit.shell(piece(fix, WRITE_WORKLOADS)),
    putBack: policyBack('nomad-workloads'),
  },
];

/** The last of all: a lab has no other Vault. */
export const SEALED: WorldRow = {
  id: 'vault-sealed',
  broken: 'Vault was sealed',
  says: /is sealed/,
  by: 'its command',
  breakIt: (kit) => kit.vault('PUT', 'sys/seal'),
  mend: async (kit, { fix }) => {
    const log = await readFile(join(kit.world.lab.dir, 'vault.log'), 'utf8');
    await kit.shell(`${piece(fix, /^(vault operator unseal)$/)} ${piece(log, /Unseal Key: (\S+)/)}`);
  },
};
