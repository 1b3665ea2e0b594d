import { describe, expect, it } from 'vitest';
import { scrub } from '../../src/shared/scrub.js';
import { debugBundle } from '../../src/usecases/debug.js';
import { Canary } from '../support/canary.js';
import { catalog, set } from './backup-world.js';
import { examining, statusWorld } from './status/status-world.js';

const SECRETS = {
  environment: 'Env7secretXq2',
  template: 'Tmpl8secretXq3',
  argument: 'Arg9secretXq4',
  topic: 'Topic1secretXq5',
  verifier: 'SCRAM-SHA-256$4096:c2FsdFhxNg==$U3RvcmVkWHE2:U2VydmVyWHE2',
  url: 'Url2secretXq7',
};

function world() {
  const found = statusWorld();
  found.put('speedtest', catalog([set(28)]));
  const canary = new Canary();
  for (const [name, secret] of Object.entries(SECRETS)) canary.add(name, secret);
  const Tasks = [
    {
      ...{ Name: 'app', Driver: 'docker', Env: { DB_PASSWORD: SECRETS.environment, DB_HOST: 'x' } },
      Config: { image: 'app:1', args: ['--password', SECRETS.argument] },
      Templates: [{ EmbeddedTmpl: `DB=${SECRETS.template}`, DestPath: 'secrets/a' }],
    },
  ];
  const job = { ID: 'speedtest', Version: 3, Meta: { key: SECRETS.argument }, TaskGroups: [{ Name: 'g', Tasks }] };
  found.nomad.jobs.jobs.set('speedtest', { versions: [job], sources: new Map() });
  found.setJournal('migrated', {
    facts: { carried: [{ verifier: SECRETS.verifier }], at: `postgres://u:${SECRETS.url}@db/x` },
  });
  const [speedtest, ...others] = found.deps.inventory.services;
  if (!speedtest) throw new Error('no service');
  const notify = [{ kind: 'ntfy' as const, url: `https://ntfy.example/${SECRETS.topic}`, on: ['failure' as const] }];
  const services = [{ ...speedtest, backup: { ...speedtest.backup, notify } }, ...others];
  return { canary, deps: { ...examining(found.deps), inventory: { ...found.deps.inventory, services } } };
}

describe('the bundle for somebody who helps', () => {
  it('has versions, inventory, status, backups, plan, journals and outlines of jobs', async () => {
    const { deps } = world();
    const { entries } = await debugBundle(deps, '1.2.3');
    const names = entries.map(({ name }) => name);
    expect(names.slice(0, 8)).toEqual([
      'README.txt',
      ...['versions', 'inventory', 'status', 'services', 'doctor', 'backups', 'plan'].map((name) => `${name}.json`),
    ]);
    expect(names).toEqual(
      expect.arrayContaining(['journals/speedtest.json', 'jobs/speedtest.json', 'jobs/postgresql.json']),
    );
    const job = JSON.parse(entries.find(({ name }) => name === 'jobs/speedtest.json')?.text ?? '') as object;
    expect(job).toMatchObject({
      ...{ id: 'speedtest', version: 3 },
      groups: [{ tasks: [{ name: 'app', config: { image: 'app:1' }, environmentKeys: ['DB_PASSWORD', 'DB_HOST'] }] }],
    });
  });

  it('has no secret in any form, wherever one lay', async () => {
    const { deps, canary } = world();
    const { entries } = await debugBundle(deps, '1.2.3');
    expect(entries.length).toBeGreaterThan(8);
    expect(entries.flatMap(({ name, text }) => canary.in(name, text))).toEqual([]);
  });

  it('comes although a part cannot be read, and says which', async () => {
    const { deps } = world();
    const { missing, entries } = await debugBundle(deps, '1.2.3');
    expect(missing).toContain('plan.json');
    const plan = JSON.parse(entries.find(({ name }) => name === 'plan.json')?.text ?? '') as object;
    expect(plan).toMatchObject({ error: { code: expect.any(String) } });
  });
});

describe('what looks like a secret', () => {
  it.each([
    ['postgres://u:pw@host/db', 'postgres://[secret]@host/db'],
    ['host=a password=abc user=b', 'host=a password=[secret] user=b'],
    ['"token": "abc.def"', '"token": "[secret]"'],
    ['md5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '[secret]'],
    ['key AGE-SECRET-KEY-1QQQ end', 'key [secret] end'],
    ['hvs.CAESIJabcdefgh', '[secret]'],
    ['a.key.without=value', 'a.key.without=value'],
    ['52110 rows, digest 9f2c41d0', '52110 rows, digest 9f2c41d0'],
  ])('in %j is taken out and the rest stays', (text, clean) => expect(scrub(text)).toBe(clean));
});
