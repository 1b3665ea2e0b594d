import { describe, expect, it } from 'vitest';
import { answer, app, discovered, envTemplate, jobOf, sharedServer, taskOf } from './world.js';

const CHAT = { CHAT_POSTGRES_HOST: '10.0.0.5', CHAT_POSTGRES_NAME: 'rooms', CHAT_POSTGRES_USER: 'chat' };
const SHARED = { 'postgresql/postgres': answer(['metrics'], [['metrics', 'collect', 1]]) };

describe('connection strings whose keys say nothing of a database', () => {
  it.each([
    ['COLLECT_DSN=host=10.0.0.5 port=5432 user=collect password=x dbname=metrics'],
    ['STORE=postgres://collect:x@10.0.0.5:5432/metrics'],
    ['{{ with key "x" }}STORE=postgresql+asyncpg://collect:x@10.0.0.5:5432/metrics{{ end }}'],
  ])('%s in a template', (line) => {
    const { services } = discovered({
      jobs: [sharedServer(), app('collector', '', {}, envTemplate(`${line}\n`))],
      answers: SHARED,
    });
    expect(services).toEqual([
      expect.objectContaining({ databases: ['metrics'], role: 'collect', confidence: 'certain' }),
    ]);
  });

  it('a text that merely has such words is none', () => {
    const { clients } = discovered({
      jobs: [sharedServer(), app('notes', '', { MOTTO: 'host = us', HINT: 'say user=name, not host' })],
      answers: SHARED,
    });
    expect(clients).toEqual([]);
  });
});

describe('a URL that leaves the user to a key beside it', () => {
  const told = (env: Record<string, string>) =>
    discovered({ jobs: [sharedServer(), app('billing', '', env)], answers: SHARED }).services.map(
      ({ databases, role, confidence, evidence }) => ({ databases, role, confidence, evidence: evidence[0] }),
    );
  const url = 'jdbc:postgresql://10.0.0.5:5432/metrics';

  it('goes by that key, when the words in front are the same', () => {
    expect(told({ SPRING_DATASOURCE_URL: url, SPRING_DATASOURCE_USERNAME: 'collect', OTHER_DB_USER: 'x' })).toEqual([
      {
        ...{ databases: ['metrics'], role: 'collect', confidence: 'certain' },
        evidence: expect.stringContaining('by SPRING_DATASOURCE_URL, SPRING_DATASOURCE_USERNAME'),
      },
    ]);
  });

  it('takes no user that belongs to something else, and its own before any other', () => {
    expect(told({ SPRING_DATASOURCE_URL: url, OTHER_DB_USER: 'collect' })[0]?.role).toBeNull();
    const both = { DATABASE_URL: 'postgres://collect:x@10.0.0.5:5432/metrics', DATABASE_USER: 'x' };
    expect(told(both)[0]?.role).toBe('collect');
  });
});

describe('a host without a port, where several servers are', () => {
  const second = jobOf('other', [taskOf('db', 'postgres:16')], {
    Networks: [{ Mode: 'host', ReservedPorts: [{ Label: 'db', Value: 5440 }] }],
  });
  const far = jobOf('postgresql', [taskOf('postgres', 'postgres:16', { Env: { PGPORT: '15432' } })], {
    Networks: [{ Mode: 'host', ReservedPorts: [{ Label: 'db', Value: 15_432 }] }],
  });
  const live = { 'postgresql/postgres': { PGPORT: '15432' }, 'chat/chat': CHAT };
  const chat = app('chat', '', CHAT);
  const rooms = answer(['rooms'], [['rooms', 'chat', 1]]);

  it('leads to the one that has the database and the role, not to the one at the usual port', () => {
    const { services, findings } = discovered({
      ...{ jobs: [far, second, chat], live },
      answers: { 'postgresql/postgres': rooms, 'other/db': answer(['songs']) },
    });
    expect(services.find(({ job }) => job === 'chat')).toMatchObject({
      ...{ databases: ['rooms'], confidence: 'certain', server: { job: 'postgresql' } },
    });
    expect(services[0]?.evidence.join('\n')).toContain('nothing says the port at 10.0.0.5');
    expect(findings.map(({ code }) => code)).not.toContain('DATABASE_NOT_FOUND');
  });

  it('is no guess when the host is the name of a service', () => {
    const named = jobOf('music', [taskOf('db', 'postgres:16')], {
      Services: [{ Name: 'music-db', PortLabel: '5432' }],
    });
    const { services } = discovered({
      ...{ jobs: [far, named, app('chat', '', { ...CHAT, CHAT_POSTGRES_HOST: 'music-db.service.consul' })] },
      answers: { 'postgresql/postgres': rooms, 'music/db': answer(['songs']) },
    });
    expect(services.find(({ job }) => job === 'chat')).toMatchObject({ databases: [], server: { job: 'music' } });
  });

  it('is left where the settings lead when that server knows the role', () => {
    const { services, findings } = discovered({
      ...{ jobs: [far, second, chat], live },
      answers: { 'postgresql/postgres': rooms, 'other/db': answer(['songs'], [], ['chat']) },
    });
    expect(services.find(({ job }) => job === 'chat')).toMatchObject({ databases: [], server: { job: 'other' } });
    expect(findings.map(({ code }) => code)).toContain('DATABASE_NOT_FOUND');
  });
});
