import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerSocket } from '../../lab/docker/dockerd.js';
import { EngineApi } from '../../lab/docker/engine-api.js';
import { processesOf } from '../../lab/processes.js';
import { nomadAdapter } from '../../src/adapters/nomad/index.js';
import { buildBusyboxImage } from './busybox-image.js';
import { expectNothingLost, expectOk, explain, pause } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

let world: LabWorld;
let before: string;

// The first time on a machine this installs Docker and debootstrap and makes an image: minutes.
beforeAll(async () => {
  world = await LabWorld.up('e2e-docker', { driver: 'docker' });
  before = await world.jobspecText();
}, 600_000);

afterAll(async () => {
  await world?.down();
});

const tablesOf = ({ json }: Run) => {
  const tables = json.evidence?.databases.flatMap((database) => database.tables) ?? [];
  expect(tables.length).toBeGreaterThan(3);
  return tables;
};

/** With another image in the inventory, which is put back afterwards. */
async function withImage<T>(image: string, work: () => Promise<T>): Promise<T> {
  const inventory = join(world.lab.home, 'dbctl.yaml');
  const text = await readFile(inventory, 'utf8');
  await writeFile(inventory, text.replace('  speedtest: {', `  speedtest: { image: ${image},`));
  try {
    return await work();
  } finally {
    await writeFile(inventory, text);
  }
}

/** No network mode anywhere: Docker gives each container an address on its own bridge and passes the port on. */
const withNetworkEach = (jobspec: string): string =>
  jobspec
    .replace(/^ *mode = "host"\n/m, '')
    .replace('network_mode = "host"', 'ports = ["http"]')
    .replace('APP_NAME = "Speedtest"', 'APP_NAME = "Speedtest"\n        LISTEN_HOST = "0.0.0.0"');

const allocOf = async (job: string): Promise<string> => {
  const allocs = await world.nomad<{ ID: string; ClientStatus: string }[]>(`/v1/job/${job}/allocations`);
  return allocs.find((alloc) => alloc.ClientStatus === 'running')?.ID ?? expect.fail(`no allocation of ${job}`);
};

describe('commands in containers', () => {
  it('answer every time and run once, although Nomad tells the end of some before they began', async () => {
    const nomad = nomadAdapter({ address: world.lab.nomadAddr });
    const allocId = await allocOf('postgresql');
    const ask = async (count: number): Promise<string[]> => {
      const answers: string[] = [];
      for (let at = 0; at < count; at += 1) {
        const argv = ['/bin/sh', '-c', 'echo ran >>"$NOMAD_ALLOC_DIR/ran"; echo it; echo end; cat >/dev/null'];
        const result = await nomad.exec({ allocId, task: 'postgres', argv, until: 'end', timeoutMs: 20_000 });
        answers.push(`${result.kind} ${result.stdout}`);
      }
      return answers;
    };
    const answers = (await Promise.all([1, 2, 3, 4].map(() => ask(50)))).flat();
    expect(answers.filter((answer) => answer !== 'exited it\nend\n')).toEqual([]);
    expect((await nomad.readFile(allocId, 'alloc/ran'))?.split('\n').filter(Boolean)).toHaveLength(200);
  });
});

describe('speedtest in containers, with the app under load', () => {
  it('moves to its own container with equal evidence', async () => {
    const run = await world.move('migrate');
    expectOk(run);
    expect(tablesOf(run).every((table) => table.match && table.digest !== '')).toBe(true);
    const after = await world.jobspecText();
    expect(after.match(/driver = "docker"/g)?.length).toBe(4);
    await expectNothingLost(world);
  });

  it('goes back, the jobspec byte for byte as before', async () => {
    expectOk(await world.move('rollback'));
    expect(await world.jobspecText()).toBe(before);
    await expectNothingLost(world);
  });

  it('moves and goes back in a group with a network of its own', async () => {
    await writeFile(
      world.jobspec,
      before.replace('mode = "host"', 'mode = "bridge"').replace(/^ *network_mode.*\n/m, ''),
    );
    await world.registerJobspec();
    await world.untilWriting();
    expectOk(await world.move('migrate', '--no-rehearse'));
    expect(await world.jobspecText()).toContain('DB_PORT=5432');
    await expectNothingLost(world);
    expectOk(await world.move('rollback'));
    await writeFile(world.jobspec, before);
    await world.registerJobspec();
    await world.untilWriting();
    await expectNothingLost(world);
  });

  it('moves and goes back where every container has a network of its own', async () => {
    await writeFile(world.jobspec, withNetworkEach(before));
    await world.registerJobspec();
    await world.untilWriting();
    const apart = await world.jobspecText();
    expectOk(await world.move('migrate'));
    const after = await world.jobspecText();
    expect(after).toContain('DB_HOST={{ env "NOMAD_IP_db" }}');
    expect(after).not.toContain('network_mode');
    await expectNothingLost(world);
    expectOk(await world.move('rollback'));
    expect(await world.jobspecText()).toBe(apart);
    await expectNothingLost(world);
    await writeFile(world.jobspec, before);
    await world.registerJobspec();
    await world.untilWriting();
    await expectNothingLost(world);
  });

  it('is taken back in seconds when the image cannot be had and nobody rehearsed', async () => {
    const run = await withImage('dbctl-lab/postgres:15-nowhere', () => world.move('migrate', '--no-rehearse'));
    expect({ code: run.code, error: run.json.error?.code }, explain(run)).toEqual({
      code: 5,
      error: 'NOMAD_ALLOC_FAILED',
    });
    expect(run.json.status, explain(run)).toBe('undone');
    expect(run.json.error?.details.join('\n')).toContain('Failed to pull');
    expect(await world.jobspecText()).toBe(before);
    await world.untilWriting();
    await expectNothingLost(world);
    const [gap] = (await world.audit()).gaps;
    expect(gap?.seconds).toBeLessThan(60);
  });

  it("moves into an image with busybox's shell and tools, and is finalized there", async () => {
    const shared = await readFile(join(world.lab.home, 'jobs/src/postgresql.nomad.hcl'), 'utf8');
    const base = /image\s*= "([^"]+)"/.exec(shared)?.[1] ?? expect.fail('the shared job names no image');
    await buildBusyboxImage(new EngineApi(dockerSocket(world.lab.dir)), base, 'dbctl-lab/postgres:15-busybox');
    const run = await withImage('dbctl-lab/postgres:15-busybox', () => world.move('migrate'));
    expectOk(run);
    expect(tablesOf(run).every((table) => table.match)).toBe(true);
    await expectNothingLost(world);
    await pause(3500);
    const finalized = await world.move('finalize');
    expect(finalized.json.status, explain(finalized)).toBe('ok');
    await expectNothingLost(world);
  });
});

it('leaves no container, process, bridge, mount or file of the lab', async () => {
  const { dir, bridge } = world.lab;
  const links = linksOf(bridge);
  expect(links).not.toEqual([]);
  await world.down();
  expect(await processesOf(dir)).toEqual([]);
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(`${dir}/`);
  expect(existsSync(dir)).toBe(false);
  expect(linksOf(bridge).filter((link) => links.includes(link))).toEqual([]);
});

/** By the kernel's number: another lab may take a name the moment it is free. */
const linksOf = (bridge: string): string[] =>
  readdirSync('/sys/class/net')
    .filter((name) => name.replace(/[nd]$/, '') === bridge)
    .map((name) => readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8').trim());
