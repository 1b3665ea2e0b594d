import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { remainingSql } from '../../../src/engines/postgres/remaining.js';
import { startCluster, type TestCluster } from '../../support/postgres.js';

describe('what is left on an instance', () => {
  let server: TestCluster;

  beforeAll(async () => {
    server = await startCluster({ fresh: true });
  });
  afterAll(async () => {
    await server.stop();
  });

  it('is nothing on a new one, extensions and dbctl’s own schema left out', async () => {
    await server.psql('create schema dbctl; create table dbctl.marker (i int);');
    expect(await server.json(remainingSql())).toEqual([]);
  });

  it('names every database, also a closed one, and what somebody keeps in postgres itself', async () => {
    await server.psql('create database "old ""db" allow_connections false; create table notes (i int);');
    expect(await server.json(remainingSql())).toEqual([
      { kind: 'database', name: 'old "db', bytes: expect.any(Number), open: false },
      { kind: 'tables', database: 'postgres', count: 1 },
    ]);
  });

  it('names a prepared transaction and a replication slot where the server has them', async () => {
    await server.psql(`select pg_create_physical_replication_slot('standby', true);`);
    const rows = (await server.json(remainingSql())) as { kind: string; name?: string }[];
    expect(rows).toContainEqual({ kind: 'slot', name: 'standby' });
  });
});
