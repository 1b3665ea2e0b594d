import { describe, expect, it } from 'vitest';
import { rcloneConf } from '../../src/dataplane/rclone-conf.js';
import { Secret } from '../../src/shared/secret.js';

describe('a throwaway rclone.conf', () => {
  it('has what the inventory says and what Vault says in one section, and is a secret itself', () => {
    const conf = rcloneConf({ type: 's3', endpoint: 'http://x' }, { secret_access_key: new Secret('c4nary=[x] #;') });
    expect(conf.reveal()).toBe('[offsite1]\ntype = s3\nendpoint = http://x\nsecret_access_key = c4nary=[x] #;\n');
    expect(`${conf}${JSON.stringify({ conf })}`).not.toContain('c4nary');
  });

  it.each([
    ['a line break', { key: 'x\n[other]' }],
    ['a carriage return', { key: 'x\ry' }],
  ])('refuses %s in a value, without showing it', (_, secrets) => {
    const wrapped = Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, new Secret(value)]));
    expect(() => rcloneConf({ type: 's3' }, wrapped)).toThrow(
      expect.objectContaining({ code: 'NAME_UNSAFE', value: undefined }),
    );
  });

  it.each(['a b', 'x]', 'A', ''])('refuses the key %j', (key) => {
    expect(() => rcloneConf({ type: 's3' }, { [key]: new Secret('y') })).toThrow(
      expect.objectContaining({ code: 'NAME_UNSAFE' }),
    );
  });
});
