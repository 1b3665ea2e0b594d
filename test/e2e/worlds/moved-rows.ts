import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { volumeFolder } from '../data-volume.js';
import { VARIABLE, withKey } from './inventory-rows.js';
import type { Kit } from './kit.js';
import { asks, piece, type WorldRow } from './world-row.js';

const CONFIRMED = '--yes --confirm speedtest';

async function tombstone(kit: Kit): Promise<string> {
  const [row] = await kit.sql<{ datname: string }>(
    "select datname from pg_database where datname like 'speedtest\\_\\_%'",
  );
  if (row === undefined) throw new Error('there is no tombstone');
  return row.datname;
}
const openOld = async (kit: Kit, open: boolean): Promise<unknown> =>
  kit.sql(`alter database "${await tombstone(kit)}" allow_connections ${open}`);

const asAdmin = (kit: Kit, sql: string): Promise<string> =>
  kit.shell(`dbctl psql speedtest --admin -- -X -q -A -t -v ON_ERROR_STOP=1 -c "${sql}"`);

/** A table of nobody's, whose pages nothing will ask to be written any more. */
async function loseFile(kit: Kit): Promise<void> {
  await asAdmin(kit, 'create table dbctl_test_lost as select 1 as n');
  await asAdmin(kit, 'checkpoint');
  const path = (await asAdmin(kit, "select pg_relation_filepath('dbctl_test_lost')")).trim();
  await rm(join(await volumeFolder(kit.world, 'speedtest_postgres_data'), 'pgdata', path));
}
const dropLost = (kit: Kit): Promise<string> => asAdmin(kit, 'drop table if exists dbctl_test_lost');

/** Half of a move, then the end of a night without dbctl. */
export const THE_MOVE: WorldRow = {
  id: 'run-unfinished',
  broken: 'the dbctl that moved the service was killed',
  says: /run \S+ (?:was left in|is going on now)/,
  by: 'its command',
  breakIt: async ({ world }) => {
    const running = world.start('migrate', 'speedtest', '--no-rehearse', '--yes', '--confirm', 'speedtest', '--json');
    await running.step('fence');
    await running.kill();
  },
  mend: (kit, { fix }) => kit.shell(`${piece(fix, /(dbctl migrate speedtest --resume)$/)} ${CONFIRMED}`),
};

export const MOVED_ROWS: readonly WorldRow[] = [
  {
    id: 'tombstone-open',
    broken: 'the old database takes connections again',
    says: /speedtest__\S+ takes connections/,
    by: '--fix',
    breakIt: (kit) => openOld(kit, true),
    mend: (kit) => kit.fix('tombstone-open'),
    putBack: (kit) => openOld(kit, false),
  },
  {
    id: 'sessions-on-old',
    broken: 'a session of before the move sits on the old database',
    says: /1 sessions of role postgres on speedtest__/,
    by: 'by hand',
    breakIt: async (kit) => {
      await openOld(kit, true);
      await kit.session(await tombstone(kit));
      await openOld(kit, false);
    },
    mend: async (kit, { fix }) => {
      const clients = await kit.sql(piece(fix, /\((select \* from pg_stat_activity where datname = '[^']+')\)/));
      if (clients.length !== 1) throw new Error(`the fix finds ${clients.length} clients`);
      await kit.release();
    },
    putBack: (kit) => openOld(kit, false),
  },
  {
    id: 'init-block-left',
    broken: 'an empty database of the old name was made on the shared instance',
    says: /has a database speedtest again/,
    by: 'by hand',
    breakIt: (kit) => kit.sql('create database speedtest'),
    mend: async (kit, { fix }) => {
      asks(fix, /drop it when it is empty/);
      await kit.sql('drop database speedtest');
    },
    putBack: (kit) => kit.sql('drop database if exists speedtest'),
  },
  {
    id: 'marker-missing',
    broken: 'the mark of the database was set back',
    says: /speedtest is marked imported/,
    by: 'its command',
    breakIt: (kit) => kit.ownSql("update dbctl.marker set state = 'imported';"),
    mend: async (kit, { fix }) => {
      await kit.shell(piece(fix, /^(dbctl verify speedtest);/));
      await kit.shell(piece(fix, /: (dbctl psql speedtest .*)$/));
    },
    putBack: (kit) => kit.ownSql("update dbctl.marker set state = 'verified';"),
  },
  {
    id: 'image-differs',
    broken: 'the inventory says another major than the one that runs',
    says: /runs, the inventory says 99/,
    by: 'by hand',
    breakIt: (kit) => withKey(kit, 'major: 99'),
    mend: async (kit, { fix }) => {
      asks(fix, /services\.speedtest\.image and major: \d\d/);
      await kit.inventoryBack();
    },
  },
  {
    id: 'offsite-none',
    broken: 'no copy elsewhere, and nobody said that none is needed',
    says: /lie on one disk with its data/,
    by: 'by hand',
    breakIt: (kit) => kit.inventory((text) => text.replace('offsite: waived', 'offsite: required')),
    mend: async (kit, { fix }) => {
      asks(fix, /finalize: \{ offsite: waived \}/);
      await kit.inventoryBack();
    },
  },
  {
    id: 'backup-late',
    broken: 'the newest backup is older than the inventory allows',
    says: /the newest is \d+ h old/,
    by: '--fix',
    breakIt: (kit) => withKey(kit, 'drill: { maxAge: 90s }'),
    mend: (kit) => kit.fix('backup-late'),
  },
  {
    id: 'backup-failed',
    broken: 'a table lost its file, and a backup was tried',
    says: /./,
    by: 'its command',
    breakIt: async (kit) => {
      await loseFile(kit);
      const run = await kit.world.dbctl('backup', 'speedtest', '--json');
      if (run.code === 0) throw new Error('the backup went well');
    },
    mend: async (kit, { fix }) => {
      await dropLost(kit);
      await kit.shell(piece(fix, /^(dbctl backup speedtest) tries again/));
    },
    putBack: dropLost,
  },
  {
    id: 'drill-due',
    broken: 'drills have a schedule, and none was made',
    says: /never drilled/,
    by: 'its command',
    breakIt: (kit) => withKey(kit, 'drill: { schedule: "0 4 * * 0" }'),
    mend: (kit, { fix }) => kit.shell(piece(fix, /^(dbctl drill speedtest)$/)),
  },
  {
    id: 'rto-over',
    broken: 'the last drill took longer than the budget',
    says: /the budget is 1 s/,
    by: 'by hand',
    breakIt: async (kit) => {
      await kit.shell('dbctl drill speedtest');
      await withKey(kit, 'drill: { rto: 1s }');
    },
    mend: async (kit, { fix }) => {
      asks(fix, /another drill\.rto of speedtest/);
      await kit.inventoryBack();
    },
  },
];

/** The end of the story. */
export const FINALIZED: WorldRow = {
  id: 'settled-unfinalized',
  broken: 'the move settled twenty days ago, as its record says, and the old database is still kept',
  says: /has been closed for \d+ days \(speedtest__/,
  by: 'its command',
  breakIt: settledLongAgo,
  mend: async (kit, { fix }) => {
    await kit.shell(`${piece(fix, /^(dbctl finalize speedtest);/)} ${CONFIRMED}`);
    // It took the block out of the shared job's file, and leaves the restart to the operator.
    await kit.runFile('postgresql');
  },
};

/** A clock that is twenty days ahead would be named first. */
async function settledLongAgo(kit: Kit): Promise<void> {
  const { Items } = await kit.world.nomad<{ Items: { journal: string } }>(VARIABLE);
  const journal = JSON.parse(Items.journal) as { facts: Record<string, unknown> };
  const at = new Date(Date.now() - 20 * 24 * 3_600_000).toISOString();
  const dated = { ...journal, facts: { ...journal.facts, 'settled.at': at } };
  await kit.put(VARIABLE, { Items: { ...Items, journal: JSON.stringify(dated) } });
}
