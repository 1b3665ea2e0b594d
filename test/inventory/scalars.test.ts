import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inventoryCandidates } from '../../src/inventory/candidates.js';
import { cronProblem } from '../../src/inventory/cron.js';
import { DURATION, durationSeconds, memoryMiB } from '../../src/inventory/quantity.js';
import { nameProblem } from '../../src/inventory/safe-names.js';
import { editDistance, suggest } from '../../src/inventory/suggest.js';

describe('cronProblem', () => {
  it.each(['30 2 * * *', '*/15 0-6 1,15 * 0', '0 4 * * 1-5/2', '59 23 31 12 7'])('accepts %s', (text) => {
    expect(cronProblem(text)).toBeUndefined();
  });

  it.each([
    ['30 2 * *', 'expected 5 fields'],
    ['@daily', 'expected 5 fields'],
    ['60 2 * * *', 'minute'],
    ['0 24 * * *', 'hour'],
    ['0 0 0 * *', 'day of month'],
    ['0 0 * jan *', 'month'],
    ['0 0 * * 8', 'day of week'],
    ['5-1 0 * * *', 'minute'],
    ['*/0 0 * * *', 'minute'],
    ['$(x) 0 * * *', 'minute'],
  ])('refuses %s', (text, problem) => {
    expect(cronProblem(text)).toContain(problem);
  });
});

describe('quantities', () => {
  it('read durations', () => {
    expect(['30s', '5m', '24h', '7d', '1h30m'].map(durationSeconds)).toEqual([30, 300, 86_400, 604_800, 5400]);
  });

  it('take no duration without a unit', () => {
    expect(['30', '', 's', '1.5h', '5 m'].some((text) => DURATION.test(text))).toBe(false);
  });

  it('read sizes as MiB, as Nomad does', () => {
    expect([256, '256MiB', '256 MB', '1GiB', '2G'].map(memoryMiB)).toEqual([256, 256, 256, 1024, 2048]);
  });
});

describe('nameProblem', () => {
  const hostile = [
    'a"b',
    'a\nb',
    '',
    '../x',
    'a/../b',
    '${x}',
    '{{x}}',
    'a b',
    '-x',
    'ü',
    'x'.repeat(201),
    'a\u0000b',
    '$(x)',
    '`x`',
    'A',
  ];

  it('lets no hostile name be a service, volume or Vault path', () => {
    for (const name of hostile) {
      expect(nameProblem('service', name), name).toBeDefined();
      if (!['-x', 'A'].includes(name)) expect(nameProblem('vault-path', name), name).toBeDefined();
      if (name !== 'A') expect(nameProblem('volume', name), name).toBeDefined();
    }
  });

  it('lets databases be called what PostgreSQL allows, but for control characters', () => {
    for (const name of ['0cron', 'we"ird', "o'dd", 'a b', '-x', '${x}', 'größe', '数据'])
      expect(nameProblem('database', name), name).toBeUndefined();
    expect(nameProblem('database', 'ü'.repeat(32))).toContain('63 bytes');
    expect(nameProblem('role', 'a\u0085b')).toBeDefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) =>
        ['string', 'undefined'].includes(typeof nameProblem('service', name)),
      ),
    );
  });
});

describe('suggest', () => {
  it('finds the likely word and only a likely one', () => {
    expect(suggest('hihg', ['high', 'medium', 'low'])).toBe('high');
    expect(suggest('prioritty', ['priority', 'port'])).toBe('priority');
    expect(suggest('xyz', ['high', 'low'])).toBeUndefined();
  });

  it('counts a swap of neighbours as one mistake', () => {
    expect(editDistance('hihg', 'high')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        (a, b) => editDistance(a, b) === editDistance(b, a) && (editDistance(a, b) === 0) === (a === b),
      ),
    );
  });
});

describe('inventoryCandidates', () => {
  it('goes from the folder up to the root', () => {
    expect(inventoryCandidates('/a/b')).toEqual([
      '/a/b/dbctl.yaml',
      '/a/b/dbctl.yml',
      '/a/dbctl.yaml',
      '/a/dbctl.yml',
      '/dbctl.yaml',
      '/dbctl.yml',
    ]);
  });
});
