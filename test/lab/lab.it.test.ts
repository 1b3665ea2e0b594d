import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureVolume, runJobFile } from '../../lab/cluster.js';
import { openApi } from '../../lab/http.js';
import { auditLedger, type LabHandle, labDown, labStatus, labUp, runningLabs } from '../../lab/index.js';
import { packageRoot } from '../../lab/locate.js';
import { waitUntil } from '../../lab/processes.js';
import { SERVICES } from '../../lab/services.js';
import { servicePassword } from '../../lab/vault-server.js';
import { allocsOf, numberOf, traces } from '../support/lab-traces.js';

const quiet = (): void => undefined;
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dbctl-lab-'));
  process.env['DBCTL_LAB_ROOT'] = root;
});
afterAll(async () => {
  for (const name of ['one', 'two', 'cut', 'stopped']) await labDown({ name, say: quiet });
  await rm(root, { recursive: true, force: true });
});

type Kind =
  | 'sequences'
  | 'largeobjects'
  | 'views'
  | 'matviews'
  | 'triggers'
  | 'generated'
  | 'enums'
  | 'domains'
  | 'partitioned'
  | 'extensions'
  | 'settings'
  | 'partialindexes'
  | 'exprindexes'
  | 'foreignkeys'
  | 'columngrants'
  | 'comments';

const HARD_TO_MOVE: Readonly<Record<(typeof SERVICES)[number], readonly Kind[]>> = {
  authelia: [
    'sequences',
    'views',
    'enums',
    'domains',
    'partitioned',
    'partialindexes',
    'exprindexes',
    'foreignkeys',
    'comments',
  ],
  freshrss: ['sequences', 'views', 'extensions', 'partialindexes', 'exprindexes', 'foreignkeys'],
  gitea: ['sequences', 'largeobjects', 'triggers', 'generated', 'settings', 'partialindexes', 'comments'],
  grafana: ['sequences', 'matviews', 'generated', 'exprindexes', 'columngrants', 'foreignkeys'],
  speedtest: ['sequences', 'enums', 'generated', 'partialindexes', 'exprindexes', 'foreignkeys'],
  vaultwarden: ['views', 'extensions', 'partialindexes', 'exprindexes', 'foreignkeys', 'comments'],
};

const CATALOG = `
WITH ours AS (SELECT oid, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace)
SELECT (SELECT count(*) FROM ours WHERE relkind IN ('r', 'p')) AS tables, pg_database_size(current_database()) / 1024 AS kilobytes,
  (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()) AS owner,
  (SELECT count(*) FROM ours WHERE relkind = 'S') AS sequences, (SELECT count(*) FROM pg_largeobject_metadata) AS largeobjects,
  (SELECT count(*) FROM ours WHERE relkind = 'v') AS views, (SELECT count(*) FROM ours WHERE relkind = 'm') AS matviews,
  (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) AS triggers, (SELECT count(*) FROM pg_attribute WHERE attgenerated = 's') AS generated,
  (SELECT count(*) FROM pg_type WHERE typtype = 'e') AS enums, (SELECT count(*) FROM pg_type WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace) AS domains,
  (SELECT count(*) FROM ours WHERE relkind = 'p') AS partitioned, (SELECT count(*) FROM pg_extension WHERE extname <> 'plpgsql') AS extensions,
  (SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()) AS settings,
  (SELECT count(*) FROM pg_index i JOIN ours ON ours.oid = i.indexrelid WHERE indpred IS NOT NULL) AS partialindexes,
  (SELECT count(*) FROM pg_index i JOIN ours ON ours.oid = i.indexrelid WHERE indexprs IS NOT NULL) AS exprindexes,
  (SELECT count(*) FROM pg_constraint WHERE contype = 'f') AS foreignkeys,
  (SELECT count(*) FROM pg_attribute JOIN ours ON ours.oid = attrelid WHERE attacl IS NOT NULL) AS columngrants,
  (SELECT count(*) FROM pg_description WHERE objoid IN (SELECT oid FROM ours UNION ALL SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace)) AS comments`;

async function catalogFacts(lab: LabHandle, service: (typeof SERVICES)[number]): Promise<Record<string, unknown>> {
  const port = (await labStatus({ name: lab.name })).app?.serverPort ?? 0;
  const password = (await servicePassword(openApi(lab.vaultAddr, lab.vaultToken), service)).reveal();
  const client = new pg.Client({ host: `10.88.${numberOf(lab)}.1`, port, user: service, database: service, password });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(CATALOG)).rows[0] ?? {};
  } finally {
    await client.end();
  }
}

const BRIDGED = `
job "bridged" {
  group "g" {
    network {
      mode = "bridge"
      port "web" {
        to = 8080
      }
    }
    task "t" {
      driver = "exec"
      user   = "postgres"
      config {
        command = "/bin/sh"
        args    = ["-c", "until pg_isready -h HOST -p PORT > /alloc/data/ready; do sleep 0.2; done; exec sleep 3600"]
      }
      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
`;

// In this order: the last test takes them away.
describe('two labs side by side', { shuffle: false }, () => {
  let labs: LabHandle[] = [];

  beforeAll(async () => {
    labs = await Promise.all(['one', 'two'].map((name) => labUp({ name, scale: 1, say: quiet })));
  });

  it('share no bridge, port or process', () => {
    const [one, two] = labs;
    expect(one?.bridge).not.toBe(two?.bridge);
    expect(one?.nomadAddr).not.toBe(two?.nomadAddr);
    expect(Object.values(one?.pids ?? {}).filter((pid) => Object.values(two?.pids ?? {}).includes(pid))).toEqual([]);
  });

  it('are both up, listed, and their apps write to their own servers', async () => {
    const statuses = await Promise.all(['one', 'two'].map((name) => labStatus({ name })));
    expect(statuses.map(({ state }) => state)).toEqual(['up', 'up']);
    expect(statuses[0]?.app?.systemIdentifier).not.toBe(statuses[1]?.app?.systemIdentifier);
    expect((await runningLabs()).map(({ name }) => name).sort()).toEqual(['one', 'two']);
  });

  it('gain acknowledged writes, none lost and none doubled', async () => {
    for (const lab of labs) {
      const before = await auditLedger(lab);
      const gained = async (): Promise<boolean> => (await auditLedger(lab)).acknowledged - before.acknowledged >= 10;
      expect(await waitUntil(gained, 30_000)).toBe(true);
      const after = await auditLedger(lab);
      expect(after).toMatchObject({ missing: [], doubled: [], strangers: [] });
      expect(after.rowsInDatabase).toBeGreaterThanOrEqual(after.acknowledged);
    }
  });

  it.each(SERVICES)(
    'hold %s with rows in its tables and the kinds of things that are hard to move',
    async (service) => {
      const [lab] = labs as [LabHandle];
      const facts = await catalogFacts(lab, service);
      expect(Number(facts['tables'])).toBeGreaterThanOrEqual(5);
      expect(Number(facts['kilobytes'])).toBeGreaterThan(8000);
      expect(facts['owner']).toBe(service);
      for (const kind of HARD_TO_MOVE[service]) expect(Number(facts[kind]), `${kind} of ${service}`).toBeGreaterThan(0);
    },
  );

  it('know a new volume within 5 seconds, which only an agent in dev mode does', async () => {
    const [lab] = labs as [LabHandle];
    const api = openApi(lab.nomadAddr);
    const started = Date.now();
    await ensureVolume(api, { name: 'new_volume', mode: '0700', uid: 0, gid: 0 });
    const isReady = async (): Promise<boolean> => {
      const volumes = await api.call<{ Name: string; State: string }[]>('get', '/v1/volumes?type=host');
      return volumes.some(({ Name, State }) => Name === 'new_volume' && State === 'ready');
    };
    expect(await waitUntil(isReady, 30_000, 20)).toBe(true);
    expect((Date.now() - started) / 1000).toBeLessThan(5);
  });

  it('are returned as they are when brought up again', async () => {
    const said: string[] = [];
    const again = await labUp({ name: 'one', say: (line) => said.push(line) });
    expect(again.pids).toEqual(labs[0]?.pids);
    expect(said).toEqual(['lab one is already up']);
  });

  it('go without a trace, the other one untouched, allocations in bridge mode included', async () => {
    const [one, two] = labs as [LabHandle, LabHandle];
    const api = openApi(one.nomadAddr);
    const { app } = await labStatus({ name: 'one' });
    const file = join(root, 'bridged.nomad.hcl');
    await writeFile(file, BRIDGED.replace('HOST', `10.88.${numberOf(one)}.1`).replace('PORT', String(app?.serverPort)));
    await runJobFile(api, file);
    const reached = (): boolean =>
      allocsOf(one).some((id) => {
        const ready = join(one.dir, 'nomad', 'alloc', id, 'alloc', 'data', 'ready');
        return existsSync(ready) && readFileSync(ready, 'utf8').includes('accepting');
      });
    expect(await waitUntil(async () => reached(), 20_000)).toBe(true);

    const allocs = allocsOf(one);
    expect(await traces(one.dir, numberOf(one), allocs)).not.toEqual([]);
    const started = Date.now();
    await labDown({ name: 'one', say: quiet });
    expect((Date.now() - started) / 1000).toBeLessThan(15);
    expect(await traces(one.dir, numberOf(one), allocs)).toEqual([]);
    expect((await labStatus({ name: 'two' })).state).toBe('up');
    const left = allocsOf(two);
    await labDown({ name: 'two', say: quiet });
    expect(await traces(two.dir, numberOf(two), left)).toEqual([]);
  });
});

describe('a lab whose bringing up was killed', () => {
  it('is taken away whole by down', async () => {
    const script = join(packageRoot(), 'node_modules', '.cache', `dbctl-lab-try-${process.pid}.mjs`);
    const entryPoints = [join(packageRoot(), 'lab', 'try.ts')];
    await build({
      entryPoints,
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    });
    try {
      const child = spawn(process.execPath, [script, 'up', 'cut', '1'], { stdio: 'ignore' });
      const dir = join(root, 'dbctl', 'labs', 'cut');
      const allocDir = join(dir, 'nomad', 'alloc');
      expect(await waitUntil(async () => existsSync(allocDir) && readdirSync(allocDir).length > 0, 150_000)).toBe(true);
      child.kill('SIGKILL');
      const { bridge } = JSON.parse(readFileSync(join(dir, 'lab.json'), 'utf8')) as { bridge: string };
      expect((await labStatus({ name: 'cut' })).state).toBe('broken');
      const allocs = readdirSync(allocDir);
      await labDown({ name: 'cut', say: quiet });
      expect(await traces(dir, bridge.replace('dbctl', ''), allocs)).toEqual([]);
    } finally {
      await rm(script, { force: true });
    }
  });

  it('by Ctrl-C says so at once, starts nothing afterwards, and is taken away whole by down', async () => {
    const stop = new AbortController();
    const dir = join(root, 'dbctl', 'labs', 'stopped');
    const up = labUp({ name: 'stopped', scale: 1, say: quiet, signal: stop.signal });
    const outcome = up.then(
      () => 'up',
      (error: unknown) => error,
    );
    expect(await waitUntil(async () => existsSync(join(dir, 'nomad.json')), 30_000)).toBe(true);
    stop.abort();
    expect(await outcome).toMatchObject({ code: 'INTERRUPTED' });
    const { bridge } = JSON.parse(readFileSync(join(dir, 'lab.json'), 'utf8')) as { bridge: string };
    await labDown({ name: 'stopped', say: quiet });
    expect(await traces(dir, bridge.replace('dbctl', ''), [])).toEqual([]);
  });

  it('and a lab that never was needs no taking away', async () => {
    const said: string[] = [];
    await labDown({ name: 'never', say: (line) => said.push(line) });
    expect(said).toEqual(['lab never is not there: nothing to take away']);
    expect((await labStatus({ name: 'never' })).state).toBe('absent');
  });
});
