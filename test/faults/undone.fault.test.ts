import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { roleName } from '../../src/engines/postgres/names.js';
import { type ClusterState, clusterState, sharedServer } from '../e2e/cluster-state.js';
import { newestAlloc, serversOn, volumeFolder } from '../e2e/data-volume.js';
import { expectNothingLost, expectRefused, explain, pause } from '../e2e/expectations.js';
import type { LabWorld, Run } from '../e2e/lab-world.js';
import type { Exchange } from '../support/proxy/http-proxy.js';
import { fault } from './fault.js';
import { asClientsSee, execOf, PASS, type ProxiedWorld, proxiedWorld } from './proxied-world.js';

const command = promisify(execFile);

let proxied: ProxiedWorld;
let world: LabWorld;
let before: ClusterState;

beforeAll(async () => {
  proxied = await proxiedWorld('fault-undone');
  world = proxied.world;
  before = await clusterState(world);
});

afterAll(async () => {
  await proxied?.down();
});

/** One test that fails must not take the others with it. */
beforeEach(async () => {
  proxied.calm();
  const { error, status } = (await world.move('rollback')).json;
  if (status !== undefined || error?.code !== 'RUN_UNFINISHED') return;
  await world.move('migrate', '--no-rehearse', '--resume');
  await world.move('rollback', '--resume');
});

/** Does something just before the first request that `which` picks reaches Nomad. */
function when(which: (exchange: Exchange) => boolean, act: (exchange: Exchange) => Promise<unknown> | unknown): void {
  let done = false;
  proxied.nomad.judge(async (exchange) => {
    if (done || !which(exchange)) return PASS;
    done = true;
    await act(exchange);
    return PASS;
  });
}

const registers = ({ method, path, body }: Exchange): boolean =>
  method === 'PUT' && path.startsWith('/v1/jobs') && body.includes('db-gate');
const begins =
  (step: string) =>
  (exchange: Exchange): boolean =>
    execOf('setsid sh')(exchange) && execOf(`/${step}/speedtest`)(exchange);
const runOf = ({ path }: Exchange): string => /dbctl\/(\d{8}-\d{6}-\w+)\//.exec(decodeURIComponent(path))?.[1] ?? '';

/** Looks again and again until there is one to end; only processes of this very run are looked for. */
async function endFirst(find: () => number[]): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until; await pause(1)) {
    const [pid] = find();
    if (pid === undefined) continue;
    process.kill(pid, 'SIGKILL');
    return;
  }
  throw new Error('there was nothing to end');
}

const pids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const procText = (pid: number, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
};

async function expectUndone(run: Run, exit: number, code: string): Promise<string> {
  expectRefused(run, exit, code);
  expect(run.json.status, explain(run)).toBe('undone');
  await expectNothingLost(world);
  expect(asClientsSee(await clusterState(world))).toEqual(asClientsSee(before));
  return `${exit} ${code}, undone: database, rights, job and jobspec as before`;
}

const migrate = (): Promise<Run> => proxied.through.move('migrate', '--no-rehearse');

fault(5, 'pg_dump is killed at its work', async () => {
  let killed: Promise<void> | undefined;
  when(begins('dump'), (exchange) => {
    const mark = `PGAPPNAME=dbctl_${runOf(exchange)}`;
    // The one that dumps: the script asks pg_dump for its version before.
    const find = (): number[] =>
      pids().filter(
        (pid) => /^pg_dump\0.*--snapshot=/s.test(procText(pid, 'cmdline')) && procText(pid, 'environ').includes(mark),
      );
    killed = endFirst(find);
  });
  const run = await migrate();
  await killed;
  return await expectUndone(run, 5, 'TOOLBOX_FAILED');
});

fault(5, "the password of dbctl's own role is another one when pg_dump logs in", async () => {
  when(begins('dump'), (exchange) =>
    sharedServer(world, (client) => client.query(`alter role "${roleName(runOf(exchange))}" password 'another'`)),
  );
  return await expectUndone(await migrate(), 5, 'TOOLBOX_FAILED');
});

fault(12, 'a data file of the dump is cut between dump and import', async () => {
  when(begins('import'), async (exchange) => {
    const folder = join(await volumeFolder(world, 'db-backups'), 'speedtest', runOf(exchange), 'speedtest/dump/dump');
    const file = readdirSync(folder).find((name) => name.endsWith('.dat'));
    truncateSync(join(folder, file ?? ''), 10);
  });
  return await expectUndone(await migrate(), 4, 'ARTIFACT_CORRUPT');
});

fault(34, 'a backend of the new server is killed with -9 during the import', async () => {
  let killed: Promise<void> | undefined;
  when(begins('import'), async () => {
    const pgdata = join(await volumeFolder(world, 'speedtest_postgres_data'), 'pgdata');
    const find = (): number[] =>
      serversOn(pgdata)
        .map(({ pid }) => pid)
        .filter((pid) => /^postgres: .*\bpostgres speedtest /.test(procText(pid, 'cmdline')));
    killed = endFirst(find);
  });
  const run = await migrate();
  await killed;
  return await expectUndone(run, 5, 'TOOLBOX_FAILED');
});

fault(35, 'the allocation is stopped in the middle of the dump', async () => {
  when(begins('dump'), async () => {
    const alloc = await newestAlloc(world);
    setTimeout(() => void world.nomad(`/v1/allocation/${alloc?.ID}/stop`, { method: 'POST' }), 200);
  });
  const run = await migrate();
  expect(run.json.status, explain(run)).toBe('undone');
  expect(run.code).toBe(5);
  return await expectUndone(run, 5, run.json.error?.code ?? '');
});

fault(33, 'the backup volume is full after 300 kB', async () => {
  let mounted = '';
  when(registers, async () => {
    mounted = await volumeFolder(world, 'db-backups');
    await command('mount', ['-t', 'tmpfs', '-o', 'size=300k,mode=0777', 'tmpfs', mounted]);
  });
  try {
    const run = await migrate();
    expect(JSON.stringify(run.json.error)).toMatch(/No space left/);
    const left = readdirSync(mounted, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.dat|\.part/.test(name),
    );
    expect(left).toEqual([]);
    return await expectUndone(run, 5, 'TOOLBOX_FAILED');
  } finally {
    if (mounted) await command('umount', [mounted]);
  }
});

fault(36, 'the only node takes no more allocations when the job is registered', async () => {
  const [node] = await world.nomad<{ ID: string }[]>('/v1/nodes');
  const body = (word: string): string => JSON.stringify({ NodeID: node?.ID, Eligibility: word });
  const eligible = (word: string): Promise<unknown> =>
    world.nomad(`/v1/node/${node?.ID}/eligibility`, { method: 'POST', body: body(word) });
  when(registers, () => eligible('ineligible'));
  try {
    const run = await migrate();
    await eligible('eligible');
    return `${await expectUndone(run, 5, 'NOMAD_UNPLACED')}; the scheduler's reasons are told after 20 s`;
  } finally {
    await eligible('eligible');
  }
});
