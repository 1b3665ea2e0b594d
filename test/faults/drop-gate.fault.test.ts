import { existsSync } from 'node:fs';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import { sharedServer } from '../e2e/cluster-state.js';
import { newestAlloc, until, volumeFolder } from '../e2e/data-volume.js';
import { expectNothingLost, expectOk, expectRefused, explain } from '../e2e/expectations.js';
import { LabWorld } from '../e2e/lab-world.js';
import { fault } from './fault.js';
import { type JournalText, journalText, putJournal, sameJournal } from './journal-variable.js';

/** Names that somebody in a hurry takes for the service's own. */
const DECOYS = ['Speedtest', 'speedtest_2', 'speedtest__old'];

let world: LabWorld;
/** What the closed database is called. */
let closed: string;

beforeAll(async () => {
  world = await LabWorld.up('fault-drop-gate', { scale: 1 });
  for (const name of DECOYS) {
    await shared(`create database ${pg.escapeIdentifier(name)} owner speedtest`);
    await shared("create table results (id int, whose text); insert into results values (1, 'not the app''s')", name);
  }
  expectOk(await world.move('migrate', '--no-rehearse'));
  const rows = await shared("select datname from pg_database where datname like 'speedtest\\_\\_old\\_2%'");
  closed = String(rows[0]?.['datname']);
});

afterAll(async () => {
  await world?.down();
});

const shared = (sql: string, database?: string): Promise<Record<string, unknown>[]> =>
  sharedServer(world, async (client) => (await client.query(sql)).rows as Record<string, unknown>[], database);

/** As the app, on its new database. */
async function asApp(sql: string): Promise<void> {
  const { serverAddress, serverPort } = await world.stats();
  const password = await world.secret('postgres/speedtest');
  const address = { host: String(serverAddress ?? '127.0.0.1'), port: Number(serverPort) };
  const client = new pg.Client({ ...address, user: 'speedtest', password, database: 'speedtest' });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const catalog = (): Promise<Record<string, unknown>[]> =>
  shared(
    'select oid::text, datname, datallowconn, datconnlimit, pg_get_userbyid(datdba) from pg_database order by oid',
  );

/** `finalize` says 3 and names it; neither the shared server nor the journal is another one afterwards. */
async function staysShut(names: readonly string[], ...flags: string[]): Promise<void> {
  const before = { catalog: await catalog(), journal: await journalText(world) };
  const run = await world.move('finalize', ...flags);
  expectRefused(run, 3, 'DROP_GATE');
  const said = (run.json.error?.details ?? []).join('\n');
  for (const name of names) expect(said, explain(run)).toContain(name);
  expect(await catalog()).toEqual(before.catalog);
  sameJournal(await journalText(world), before.journal);
}

/** Brings it about, looks, and takes it back, whatever came of the look. */
async function meanwhile(change: () => Promise<unknown>, back: () => Promise<unknown>, look: () => Promise<void>) {
  await change();
  try {
    await look();
  } finally {
    await back();
  }
}

const edited = (change: (journal: JournalText) => JournalText, look: () => Promise<void>): Promise<void> => {
  const kept: { journal?: JournalText } = {};
  return meanwhile(
    async () => {
      kept.journal = await journalText(world);
      await putJournal(world, change(kept.journal));
    },
    async () => {
      if (kept.journal) await putJournal(world, kept.journal);
    },
    look,
  );
};

const REFUSED = '`finalize` ends with 3 (DROP_GATE) and names it; database and journal as before';

fault(7, 'databases Speedtest, speedtest_2 and speedtest__old beside speedtest', async () => {
  const names = (await catalog()).map(({ datname }) => datname);
  expect(names).toEqual(expect.arrayContaining([...DECOYS, closed]));
  expect(names).not.toContain('speedtest');
  await expectNothingLost(world);
  return 'the one that the running app uses was moved, by its oid; the others are as they were';
});

fault(1, 'the new database loses all rows of a table after it was verified', async () => {
  await meanwhile(
    () => asApp('create table kept as table sessions; delete from sessions'),
    () => asApp('insert into sessions table kept; drop table kept'),
    () => staysShut(['table public.sessions had rows when it was moved and is empty now']),
  );
  return REFUSED;
});

fault(1, 'the new database loses a whole table after it was verified', async () => {
  await meanwhile(
    () => asApp('alter table migrations rename to elsewhere'),
    () => asApp('alter table elsewhere rename to migrations'),
    () => staysShut(['table public.migrations had rows when it was moved and is gone now']),
  );
  return REFUSED;
});

fault(1, 'the journal is edited: the import was never finished', async () => {
  await edited(
    (journal) => ({
      ...journal,
      steps: journal.steps.map((step) => (step.id === 'import' ? { ...step, state: 'started' } : step)),
    }),
    () => staysShut(['the journal has no finished import']),
  );
  return REFUSED;
});

fault(1, 'the journal is edited: what was verified is not recorded', async () => {
  await edited(
    ({ facts: { evidence: _, ...facts }, ...journal }) => ({ ...journal, facts }),
    () => staysShut(['the journal holds no evidence of database speedtest']),
  );
  return REFUSED;
});

fault(1, 'the journal is edited: the gate counts as passed, a check that is not', async () => {
  await meanwhile(
    () => shared(`alter database ${closed} connection limit 7`),
    () => shared(`alter database ${closed} connection limit 0`),
    () =>
      edited(
        (journal) => ({
          ...journal,
          phase: 'finalizing',
          steps: [...journal.steps, { id: 'final-gate', state: 'done', at: new Date().toISOString() }],
          facts: { ...journal.facts, 'final.compared': true },
        }),
        async () => {
          const run = await world.move('finalize', '--resume');
          expectRefused(run, 3, 'DROP_GATE');
          expect(run.json.error?.details.join()).toContain(`database ${closed} is open again`);
          expect((await catalog()).map(({ datname }) => datname)).toContain(closed);
        },
      ),
  );
  return 'the gate is looked at anew: `finalize --resume` ends with 3 (DROP_GATE)';
});

fault(1, 'the closed database is opened again: its connection limit raised', async () => {
  await meanwhile(
    () => shared(`alter database ${closed} connection limit 7`),
    () => shared(`alter database ${closed} connection limit 0`),
    () => staysShut([`database ${closed} is open again (connection limit 7)`]),
  );
  return REFUSED;
});

fault(1, 'the closed database gets its old name back', async () => {
  await meanwhile(
    () => shared(`alter database ${closed} rename to speedtest`),
    () => shared(`alter database speedtest rename to ${closed}`),
    () => staysShut(['is called speedtest now']),
  );
  return REFUSED;
});

fault(7, 'another database under the name of the closed one', async () => {
  await meanwhile(
    () => shared(`alter database ${closed} rename to aside`).then(() => shared(`create database ${closed}`)),
    () => shared(`drop database ${closed}`).then(() => shared(`alter database aside rename to ${closed}`)),
    () => staysShut([`the name ${closed} belongs to another database`, 'is called aside now']),
  );
  return REFUSED;
});

fault(7, 'the journal names another server than the one that answers', async () => {
  await edited(
    ({ facts, ...journal }) => {
      const tombstones = facts['tombstones'] as { systemIdentifier: string }[];
      return {
        ...journal,
        facts: { ...facts, tombstones: tombstones.map((of) => ({ ...of, systemIdentifier: '7000' })) },
      };
    },
    () => staysShut(['the shared server is another one than the recorded']),
  );
  return REFUSED;
});

fault(1, 'a superuser opens the closed database, changes a row and closes it', async () => {
  const change = async (value: string): Promise<void> => {
    await shared(`alter database ${closed} with allow_connections true`);
    await shared(`update users set name = ${value}`, closed);
    await shared(`alter database ${closed} with allow_connections false`);
  };
  await meanwhile(
    () => change("name || ' (late)'"),
    () => change('left(name, -7)'),
    async () => {
      const run = await world.move('finalize');
      expectRefused(run, 4, 'EVIDENCE_DIFFERS');
      expect(run.json.error?.details.join('\n')).toContain('rows of public.users: 1 rows');
      expect((await journalText(world)).phase, 'a rollback is possible still').toBe('migrated');
    },
  );
  return '`finalize` reads it once more: 4 (EVIDENCE_DIFFERS), the table is named, nothing is dropped';
});

/** The largest file of the dump on the backup volume. */
async function dumpFile(): Promise<string> {
  const top = join(await volumeFolder(world, 'db-backups'), 'speedtest');
  const run = (await readdir(top)).find((name) => existsSync(join(top, name, 'speedtest/dump/manifest.json')));
  const dir = join(top, run ?? '', 'speedtest/dump/dump');
  const files = await Promise.all(
    (await readdir(dir)).map(async (name) => ({ name, size: (await stat(join(dir, name))).size })),
  );
  return join(dir, files.sort((a, b) => b.size - a.size)[0]?.name ?? '');
}

fault(1, 'one bit of the dump is another one', async () => {
  const file = await dumpFile();
  const whole = await readFile(file);
  const flipped = Buffer.from(whole);
  flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1;
  await meanwhile(
    () => writeFile(file, flipped),
    () => writeFile(file, whole),
    () => staysShut(['/speedtest/dump cannot be read back whole']),
  );
  return REFUSED;
});

fault(1, 'a file of the dump is gone', async () => {
  const file = await dumpFile();
  await meanwhile(
    () => rename(file, `${file}.away`),
    () => rename(`${file}.away`, file),
    () => staysShut(['/speedtest/dump cannot be read back whole']),
  );
  return REFUSED;
});

fault(1, "the app's check fails", async () => {
  const alloc = (await newestAlloc(world))?.ID ?? '';
  const signal = (name: string): Promise<unknown> =>
    world.nomad(`/v1/client/allocation/${alloc}/signal`, {
      method: 'PUT',
      body: JSON.stringify({ Task: 'app', Signal: name }),
    });
  const checks = (): Promise<string[]> =>
    world
      .nomad<Record<string, { Status: string }>>(`/v1/client/allocation/${alloc}/checks`)
      .then((found) => Object.values(found).map(({ Status }) => Status));
  await meanwhile(
    async () => {
      await signal('SIGSTOP');
      await until(checks, (states) => states.includes('failure'), 'a check that fails');
    },
    async () => {
      await signal('SIGCONT');
      await until(checks, (states) => states.every((state) => state === 'success'), 'checks that pass');
    },
    () => staysShut(['does not pass']),
  );
  return REFUSED;
});

fault(1, 'too early: the app has not run long enough on its new database', async () => {
  const path = join(world.lab.home, 'dbctl.yaml');
  const text = await readFile(path, 'utf8');
  await meanwhile(
    () => writeFile(path, text.replace('soak: 3s', 'soak: 7d')),
    () => writeFile(path, text),
    () => staysShut(['has to run on its new database for 604800 s first: until 20']),
  );
  return REFUSED;
});

fault(7, 'everything holds at last: what is dropped?', async () => {
  const before = (await catalog()).map(({ datname }) => String(datname));
  expectOk(await world.move('finalize'));
  const after = (await catalog()).map(({ datname }) => String(datname));
  expect(before.filter((name) => !after.includes(name))).toEqual([closed]);
  for (const name of DECOYS) expect(await shared('select * from results', name)).toHaveLength(1);
  await expectNothingLost(world);
  return 'the closed database alone; speedtest_2, Speedtest and speedtest__old keep every row';
});
