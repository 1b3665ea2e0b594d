import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabWorld, type Run } from './lab-world.js';

let world: LabWorld;
let asked: string;
let named: string;

beforeAll(async () => {
  world = await LabWorld.up('e2e-consul', { consul: true });
  asked = await world.jobspecText();
  named = byName(asked);
});

afterAll(async () => {
  await world?.down();
});

const explain = (run: Run): string => `${run.stdout}\n${run.stderr}`.slice(-4000);

function expectOk(run: Run): void {
  expect(run.json.status, explain(run)).toBe('ok');
  expect(run.code, explain(run)).toBe(0);
}

async function expectNothingLost(): Promise<void> {
  const { acknowledged, missing, doubled, strangers } = await world.audit();
  expect(acknowledged).toBeGreaterThan(20);
  expect({ missing, doubled, strangers }).toEqual({ missing: [], doubled: [], strangers: [] });
}

interface Check {
  readonly ServiceName: string;
  readonly Name: string;
  readonly Status: string;
}

const checksOf = async (service: string): Promise<string[]> => {
  const response = await fetch(`${world.lab.consulAddr}/v1/health/checks/${service}`);
  return ((await response.json()) as Check[]).map(({ Name, Status }) => `${Name}: ${Status}`);
};

const checksSeen = (run: Run, step: string): unknown =>
  run.json.steps.find(({ id }) => id === step)?.evidence['checks'];

/** The same app in a network of its own that is told Consul's name of the shared instance, and no lookup at all. */
function byName(text: string): string {
  const port = /10\.88\.(\d+)\.1:/.exec(text)?.[1];
  const lookup = /\{\{ range service "postgresql" \}\}\{\{ \.(Address|Port) \}\}\{\{ end \}\}/g;
  const resolver = `mode = "bridge"\n\n      dns {\n        servers = ["10.88.${port}.1"]\n      }\n`;
  return text
    .replace('mode = "host"', () => resolver)
    .replace(lookup, (_whole, field: string) => (field === 'Address' ? 'postgresql.service.consul' : PORT_MARK));
}

const PORT_MARK = 'SHARED_PORT';

async function sharedPort(): Promise<number> {
  const response = await fetch(`${world.lab.consulAddr}/v1/health/service/postgresql`);
  return ((await response.json()) as { Service: { Port: number } }[])[0]?.Service.Port ?? 0;
}

describe('an app that asks Consul for the shared instance', () => {
  it('moves, its database registered with Consul beside it, with a check that asks the server itself', async () => {
    expect(asked).toContain('provider = "consul"');
    expect(asked).not.toContain('nomadService');
    const run = await world.move('migrate');
    expectOk(run);
    const after = await world.jobspecText();
    expect(after).toMatch(/name +-?= +"speedtest-postgres"\n +provider = "consul"/);
    expect(after).toContain('DB_HOST=127.0.0.1');
    expect(checksSeen(run, 'prove')).toBe(2);
    expect(await checksOf('speedtest-postgres')).toEqual(['accepts connections: passing']);
    expect((await world.stats()).serverAddress).toBe('127.0.0.1');
    await expectNothingLost();
  });

  it('goes back with every later row, the jobspec byte for byte as before', async () => {
    const run = await world.move('rollback');
    expectOk(run);
    expect(checksSeen(run, 'back-prove')).toBe(1);
    expect(await world.jobspecText()).toBe(asked);
    await expectNothingLost();
  });
});

describe("an app in a network of its own that knows the instance by Consul's name", () => {
  it('moves, and its database has a check although no other host reaches it', async () => {
    named = named.replace(PORT_MARK, String(await sharedPort()));
    await writeFile(world.jobspec, named);
    await world.registerJobspec();
    await world.untilWriting();
    const run = await world.move('migrate', '--no-rehearse');
    expectOk(run);
    expect(await world.jobspecText()).toContain('DB_HOST=127.0.0.1');
    expect((await world.stats()).serverAddress).toBe('127.0.0.1');
    expect(await checksOf('speedtest-postgres')).toEqual(['accepts connections: passing']);
    await expectNothingLost();
  });

  it('goes back to the name', async () => {
    expectOk(await world.move('rollback'));
    expect(await readFile(world.jobspec, 'utf8')).toBe(named);
    await expectNothingLost();
  });
});

describe('a database in a job of its own', () => {
  it("is found by the app's own lookup, of the new name", async () => {
    const path = join(world.lab.home, 'dbctl.yaml');
    const inventory = await readFile(path, 'utf8');
    await writeFile(path, inventory.replace('placement: auto', 'placement: own-job'));
    await writeFile(world.jobspec, asked);
    await world.registerJobspec();
    await world.untilWriting();
    expectOk(await world.move('migrate', '--no-rehearse'));
    expect(await world.jobspecText()).toContain(
      'DB_HOST={{ range service "speedtest-postgres" }}{{ .Address }}{{ end }}',
    );
    expect(await checksOf('speedtest-postgres')).toEqual(['accepts connections: passing']);
    expect((await world.stats()).serverAddress).toMatch(/^10\.88\./);
    await expectNothingLost();
  });

  it('is the only one after finalize; the shared instance is still needed by those that name it', async () => {
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expectOk(await world.move('finalize'));
    await expectNothingLost();
    const gate = await world.dbctl('decommission', '--yes', '--json');
    expect(gate.code, explain(gate)).toBe(3);
    expect(gate.json.error?.details.join('\n')).not.toContain('job speedtest');
    expect(gate.json.error?.details.join('\n')).toContain('database gitea');
  });
});
