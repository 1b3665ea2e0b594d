import { describe, expect, it } from 'vitest';
import { choose } from '../../../src/plan/doctor/choose.js';
import { CHECKS } from '../../../src/plan/doctor/index.js';
import { readsAny } from '../../../src/plan/doctor/policy-text.js';
import { given } from './healthy.js';

const { inventory } = given();
const chosen = (wanted: Partial<Parameters<typeof choose>[2]>) =>
  choose(CHECKS, inventory, { names: [], only: [], skip: [], ...wanted });
const ids = (wanted: Partial<Parameters<typeof choose>[2]>): string[] => chosen(wanted).checks.map(({ id }) => id);

describe('which checks are run', () => {
  it('are all of them, and of all services', () => {
    expect(ids({})).toHaveLength(CHECKS.length);
    expect(chosen({}).services).toHaveLength(2);
  });

  it('are those of a group or an id, with what they need before them', () => {
    expect(ids({ only: ['secret-mismatch'] })).toEqual([
      ...['nomad-reachable', 'nomad-token', 'vault-reachable', 'vault-sealed', 'vault-token'],
      ...['secret-missing', 'secret-mismatch'],
    ]);
    expect(ids({ names: ['consul'] })).toEqual(['nomad-reachable', 'nomad-token', 'consul-reachable']);
  });

  it('leave out what is skipped, but not what needs it', () => {
    expect(ids({ names: ['consul'], skip: ['nomad-token'] })).toEqual(['nomad-reachable', 'consul-reachable']);
  });

  it('are of one service when it is named', () => {
    expect(chosen({ names: ['gitea', 'backups'] }).services.map(({ name }) => name)).toEqual(['gitea']);
  });

  it.each([
    [{ only: ['secret-mismach'] }, /did you mean secret-mismatch/],
    [{ skip: ['vault'] }, /dbctl doctor --list/],
    [{ names: ['gitae'] }, /did you mean gitea/],
    [{ names: ['volume'] }, /did you mean volumes/],
  ])('refuse %j with what was meant', (wanted, next) => {
    expect(() => chosen(wanted)).toThrow(expect.objectContaining({ code: 'USAGE', next: expect.stringMatching(next) }));
  });
});

describe('a policy of Vault', () => {
  const own = 'path "s/data/p/{{identity.entity.aliases.a_1.metadata.nomad_job_id}}" { capabilities = ["read"] }';
  const all = 'path "s/data/p/*" { capabilities = ["read"] }';
  const denied = `${all}\npath "s/data/p/admin" { capabilities = ["deny"] }`;

  it.each([
    ['its own path', own, true, false],
    ['everything below', all, true, true],
    ['everything below but one', denied, true, false],
    ['one segment', 'path "s/data/p/+" { capabilities = ["list", "read"] }', true, true],
    ['something else', 'path "s/data/q/*" { capabilities = ["read"] }', false, false],
    ['a comment', `# ${all}`, false, false],
  ])('that names %s', (_, text, below, admin) => {
    expect(readsAny(text, 's/data/p/')).toBe(below);
    expect(readsAny(text, 's/data/p/admin', 'exactly')).toBe(admin);
  });
});
