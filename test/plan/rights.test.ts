import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/parse.js';
import { loadHcl } from '../../src/render/index.js';
import type { Policy } from '../../src/report/policy-document.js';
import { policies } from '../../src/usecases/policies.js';

const HEAD = 'version: 1\nshared: { job: postgresql }\n';
const of = (yaml: string, accessor?: string): Policy[] =>
  policies(parseInventory(`${HEAD}${yaml}`, 'dbctl.yaml', []), { namespace: 'default', auth: 'jwt-nomad', accessor });
const texts = (found: readonly Policy[], kind: Policy['for']): string[] =>
  found.filter((policy) => policy.for === kind).map(({ text }) => text);

describe('dbctl policy', () => {
  it('prints what docs/permissions.md shows, which an end-to-end test moves a service with', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/permissions.md'), 'utf8');
    const shown = [...page.matchAll(/```hcl\n([\s\S]*?)```/g)].map((match) => match[1]);
    const printed = of('services:\n  speedtest: {}\n');
    expect(shown).toEqual([...texts(printed, 'nomad'), ...texts(printed, 'vault'), ...texts(printed, 'consul')]);
  });

  it("denies the shared instance's password, and lets nobody change or delete one", () => {
    const [vault = ''] = texts(of('services:\n  speedtest: {}\n'), 'vault');
    expect(vault).toContain('path "secret/data/postgres/admin" {\n  capabilities = ["deny"]');
    expect(vault).not.toMatch(/"(delete|list|sudo|patch)"/);
    expect(vault.match(/"update"/g)).toHaveLength(1);
  });

  it('names a path outside the prefix by itself, and gives its tasks a role bound to their jobs alone', () => {
    const found = of("services:\n  news: { job: reader, vault: { path: 'apps/news' } }\n");
    expect(texts(found, 'vault')[0]).toContain('path "secret/data/apps/news"');
    const [, policy = '', role = ''] = texts(found, 'workload');
    expect(policy).toBe('path "secret/data/apps/news" {\n  capabilities = ["read"]\n}\n');
    expect((JSON.parse(role) as { bound_claims: object }).bound_claims).toEqual({
      nomad_namespace: 'default',
      nomad_job_id: ['reader', 'news-postgres'],
    });
  });

  it("lets dbctl write the variable of a toolbox that copies elsewhere, and no other job's", () => {
    const tool = `{ url: "https://tools.example/rclone", sha256: "${'0'.repeat(64)}" }`;
    const notify = `backup: { notify: [{ url: "vault:postgres/news#url", kind: webhook }], tools: { rclone: ${tool} } }`;
    const found = of(`services:\n  news: { job: reader, group: web, placement: same-group, ${notify} }\n  plain: {}\n`);
    const [nomad = ''] = texts(found, 'nomad');
    expect(nomad).toContain('path "nomad/jobs/reader/web/db-backup" {\n      capabilities = ["read", "write"]\n    }');
    expect(nomad.match(/path "nomad\/jobs/g)).toHaveLength(1);
    expect(texts(found, 'vault')[0]).toContain('path "secret/data/postgres/news" {\n  capabilities = ["read"]\n}');
    const shared = texts(of(`defaults: { ${notify} }\nservices:\n  plain: {}\n`), 'nomad')[0];
    expect(shared).toContain('path "nomad/jobs/dbctl-backup-postgresql/backup/db-backup"');
    const [both = ''] = texts(of(`services:\n  news: { job: reader, ${notify} }\n`), 'nomad');
    for (const path of ['nomad/jobs/reader/*/db-backup', 'nomad/jobs/news-postgres/*/db-backup'])
      expect(both).toContain(`path "${path}"`);
  });

  it('lets dbctl read what copies elsewhere need and what brings one back, and never write it', () => {
    const tool = `{ url: "https://tools.example/rclone", sha256: "${'0'.repeat(64)}" }`;
    const target = '{ name: s3, url: "s3://bucket/x", read: postgres/offsite/reader }';
    const news = `services:\n  news: { backup: { offsite: [${target}], tools: { rclone: ${tool} } } }\n`;
    const [vault = ''] = texts(of(news), 'vault');
    for (const name of ['s3', 'reader'])
      expect(vault).toContain(`path "secret/data/postgres/offsite/${name}" {\n  capabilities = ["read"]\n}`);
  });

  it('lets every other job read the path of its own id, which Vault takes from the signed identity', () => {
    const [workload] = texts(of('services:\n  speedtest: {}\n', 'auth_jwt_1'), 'workload');
    expect(workload).toBe(
      'path "secret/data/postgres/{{identity.entity.aliases.auth_jwt_1.metadata.nomad_job_id}}" {\n  capabilities = ["read"]\n}\n',
    );
  });

  it("lets the job that backs up the shared instance, and no other, read the admin's password", () => {
    const found = of('services:\n  speedtest: {}\n').filter((policy) => policy.name === 'dbctl-backup');
    expect(found[0]?.text).toBe('path "secret/data/postgres/admin" {\n  capabilities = ["read"]\n}\n');
    expect(found[1]?.apply).toBe("vault write 'auth/jwt-nomad/role/dbctl' -");
    const role = JSON.parse(found[1]?.text ?? '') as { bound_claims: object; token_policies: string[] };
    expect(role.bound_claims).toMatchObject({ nomad_job_id: ['dbctl-backup-postgresql'] });
    expect(role.token_policies).toEqual(['dbctl-backup']);
  });

  it('refuses a login mount or an accessor that would write rights of its own', () => {
    expect(() => of('services:\n  a: {}\n', 'x}}" { capabilities = ["root"] }')).toThrow(/--accessor/);
  });

  it('keeps any path one path, whatever is in it', async () => {
    const hcl = await loadHcl();
    fc.assert(
      fc.property(fc.stringMatching(/^[\w "'${}\\.-]{1,20}$/), (name) => {
        const yaml = `services:\n  news: { vault: { path: ${JSON.stringify(`x/${name}`)} } }\n`;
        const [text = ''] = tryTexts(yaml);
        if (text === '') return;
        const paths = text.match(/^path /gm)?.length ?? 0;
        expect(hcl.parse(text)).toBeDefined();
        expect(paths).toBe(5);
      }),
    );
  });

  it('may read what fetches an off-site copy, and the key of encrypted ones', () => {
    const sum = 'a'.repeat(64);
    const tool = `{ url: "https://files.example/x", sha256: ${sum} }`;
    const encrypt = `{ recipients: [age1${'q'.repeat(58)}], identity: "ops/age#key" }`;
    const [vault = ''] = texts(
      of(
        `services:\n  a:\n    backup: { offsite: [{ url: "b2://x", read: ops/reader }], encrypt: ${encrypt}, tools: { rclone: ${tool}, age: ${tool} } }\n`,
      ),
      'vault',
    );
    expect(vault).toContain('path "secret/data/ops/reader" {\n  capabilities = ["read"]\n}');
    expect(vault).toContain('path "secret/data/ops/age" {\n  capabilities = ["read"]\n}');
    expect(vault).not.toContain('ops/age#key');
  });
});

/** Names that the inventory refuses never come here. */
function tryTexts(yaml: string): string[] {
  try {
    return texts(of(yaml), 'vault');
  } catch {
    return [];
  }
}
