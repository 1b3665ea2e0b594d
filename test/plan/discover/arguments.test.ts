import { describe, expect, it } from 'vitest';
import { argumentUrls } from '../../../src/plan/discover/argument-urls.js';
import type { NomadJob } from '../../../src/ports/nomad.js';
import { answer, discovered, jobOf, sharedServer, taskOf } from './world.js';

const started = (command: string, ...args: string[]): NomadJob =>
  jobOf('gate', [taskOf('gate', '', { Config: { image: 'registry.home/gate:1', command, args } })]);
const urls = (...args: string[]) =>
  argumentUrls(started('serve', ...args).TaskGroups[0]?.Tasks[0] ?? taskOf('gate', ''));

describe('connection strings among arguments', () => {
  it.each([
    [['--db', 'postgres://gate:s3cret@10.0.0.5:5432/doors']],
    [['--db=postgres://gate:s3cret@10.0.0.5:5432/doors']],
    [['-c', 'exec gate --db "postgres://gate:s3cret@10.0.0.5:5432/doors"']],
  ])('%j is read, without its password', (args) => {
    expect(urls(...args)).toEqual([['--db', 'postgres://gate@10.0.0.5:5432/doors']]);
  });

  it('one without an option has no key of its own', () => {
    expect(urls('run', 'postgres://gate@10.0.0.5/doors')).toEqual([
      ['its arguments', 'postgres://gate@10.0.0.5/doors'],
    ]);
  });

  it('what is no address of a database is left alone', () => {
    expect(urls('--url', 'https://example.org', '--name', 'postgres', '-c', 'select 1')).toEqual([]);
  });

  it('make a service, told by the option', () => {
    const { services, findings } = discovered({
      jobs: [sharedServer(), started('serve', '--db', 'postgres://gate:s3cret@10.0.0.5:5432/doors')],
      answers: { 'postgresql/postgres': answer(['doors'], [['doors', 'gate', 1]]) },
    });
    expect(services).toEqual([
      expect.objectContaining({ name: 'gate', databases: ['doors'], role: 'gate', confidence: 'certain' }),
    ]);
    expect(services[0]?.evidence.join('\n')).toContain('by --db');
    expect(findings.map(({ code }) => code)).not.toContain('DATABASE_UNCLAIMED');
    expect(JSON.stringify({ services, findings })).not.toContain('s3cret');
  });

  it('of a program that only dumps claim nothing', () => {
    const { services } = discovered({
      jobs: [sharedServer(), started('pg_dump', 'postgres://gate:s3cret@10.0.0.5:5432/doors')],
      answers: { 'postgresql/postgres': answer(['doors']) },
    });
    expect(services).toEqual([]);
  });
});
