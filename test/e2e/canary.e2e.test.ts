import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOk, pause } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

let world: LabWorld;
const secrets = new Map<string, string>();
const spoken: string[] = [];

beforeAll(async () => {
  world = await LabWorld.up('e2e-canary', { scale: 3 });
  secrets.set('password of speedtest', await world.secret('postgres/speedtest'));
  secrets.set('password of the admin', await world.secret('postgres/admin'));
  for (const verb of ['plan', 'migrate', 'rollback']) spoken.push(text(await watched(verb)));
});

afterAll(async () => {
  await world?.down();
});

const text = ({ stdout, stderr }: Run): string => `${stdout}\n${stderr}`;

/** Runs a command with every word it has, and meanwhile reads the run's own password out of the toolbox. */
async function watched(verb: string): Promise<Run> {
  let going = true;
  const reading = (async () => {
    while (going) {
      readRunPassword();
      await pause(50);
    }
  })();
  const run = verb === 'plan' ? await world.dbctl('plan', '--json') : await world.move(verb);
  going = false;
  await reading;
  if (verb !== 'plan') expectOk(run);
  return run;
}

const allocs = (): string => join(world.lab.dir, 'nomad/alloc');

function readRunPassword(): void {
  for (const alloc of list(allocs())) {
    const found = read(join(allocs(), alloc, 'db-backup/secrets/dbctl/pgpass'))
      ?.toString()
      .trim()
      .split(':')
      .at(-1);
    if (found) secrets.set(`password of the run in ${alloc.slice(0, 8)}: ${found.slice(0, 4)}`, found);
  }
}

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const read = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

/** A secret, and the shapes in which it slips through a search for itself. */
function shapes(secret: string): string[] {
  // Base64 of a longer text holds it at one of three offsets; the characters at both ends depend on the neighbours.
  const shifted = [0, 1, 2].map((offset) =>
    Buffer.from(`${'\0'.repeat(offset)}${secret}`)
      .toString('base64')
      .replace(/=+$/, '')
      .slice(Math.ceil((offset * 4) / 3), -2),
  );
  const urlSafe = shifted.map((shape) => shape.replaceAll('+', '-').replaceAll('/', '_'));
  const hex = Buffer.from(secret).toString('hex');
  return [
    ...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), hex, ...shifted, ...urlSafe]),
  ];
}

/** Which secrets a text holds, in whatever shape. */
const heldBy = (bytes: Buffer | string): string[] =>
  [...secrets].filter(([, secret]) => shapes(secret).some((shape) => bytes.includes(shape))).map(([name]) => name);

/** `place: secret`, one line for each find. */
const findings = (place: string, bytes: Buffer | string): string[] => heldBy(bytes).map((name) => `${place}: ${name}`);

const LARGEST = 64 * 1024 * 1024;

/** Every file below; sockets, pipes and what vanishes meanwhile are left out. */
function* filesBelow(folder: string, skip: (path: string) => boolean): Generator<string> {
  for (const name of list(folder)) {
    const path = join(folder, name);
    if (skip(path)) continue;
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) yield* filesBelow(path, skip);
    else if (stat?.isFile() && stat.size <= LARGEST) yield path;
  }
}

const inFiles = (folder: string, skip: (path: string) => boolean = () => false): string[] =>
  [...filesBelow(folder, skip)].flatMap((path) => findings(relative(world.lab.dir, path), read(path) ?? ''));

/** Of a task's folder only what tasks and templates write; the rest is the copied system. */
const SYSTEM = /\/nomad\/alloc\/[^/]+\/[^/]+\/(?!local|tmp|secrets|private|logs|data|dbctl|pg)[^/]+$/;
const outsideSecrets = (path: string): boolean => SYSTEM.test(path) || /\/(secrets|private)$/.test(path);

async function nomadText(path: string): Promise<string> {
  return JSON.stringify(await world.nomad<unknown>(path).catch(() => null));
}

describe('the passwords of the lab and of the run', () => {
  it('are seen by this search where they rightly are', () => {
    const own = [...secrets.keys()].filter((name) => name.startsWith('password of the run'));
    expect(own.length, 'the run had a password of its own').toBeGreaterThanOrEqual(1);
    const found = inFiles(allocs(), (path) => SYSTEM.test(path) && !/\/(secrets|alloc)$/.test(path));
    expect(found.some((line) => line.includes('/secrets/'))).toBe(true);
    const [, secret = ''] = [...secrets][0] ?? [];
    expect(heldBy(Buffer.from(`x:${secret}:y`).toString('base64'))).not.toEqual([]);
    expect(heldBy(Buffer.from(`${secret}`).toString('hex'))).not.toEqual([]);
  });

  it('are not in what the commands say', () => {
    expect(spoken.join('').length).toBeGreaterThan(1000);
    expect(findings('output', spoken.join('\n'))).toEqual([]);
  });

  it('are not in the logs of the agents', () => {
    const logs = list(world.lab.dir).filter((name) => name.endsWith('.log'));
    expect(logs.length).toBeGreaterThanOrEqual(2);
    expect(logs.flatMap((name) => findings(name, read(join(world.lab.dir, name)) ?? ''))).toEqual([]);
  });

  it('are not in any version of a job, its source or a variable', async () => {
    const jobs = await world.nomad<{ ID: string }[]>('/v1/jobs');
    const looked: string[] = [];
    for (const { ID } of jobs) {
      const { Versions } = await world.nomad<{ Versions: { Version: number }[] }>(`/v1/job/${ID}/versions`);
      looked.push(JSON.stringify(Versions), await nomadText(`/v1/job/${ID}/allocations`));
      for (const { Version } of Versions) looked.push(await nomadText(`/v1/job/${ID}/submission?version=${Version}`));
    }
    const variables = await world.nomad<{ Path: string }[]>('/v1/vars');
    expect(variables.map(({ Path }) => Path)).toContain('dbctl/services/speedtest');
    for (const { Path } of variables) looked.push(await nomadText(`/v1/var/${Path}`));
    expect(looked.join('')).toContain('db-gate');
    expect(findings('nomad', looked.join('\n'))).toEqual([]);
  });

  it('are not in the files that dbctl keeps or writes for the operator', () => {
    const kept = [...filesBelow(world.state, () => false), ...filesBelow(world.lab.home, () => false)];
    expect(kept.some((path) => path.endsWith('journal.json'))).toBe(true);
    expect(kept.some((path) => path.includes('migrations-plan'))).toBe(true);
    expect(kept.flatMap((path) => findings(path, read(path) ?? ''))).toEqual([]);
  });

  it('are not in an allocation outside its secrets, the logs of both servers included', () => {
    const looked = [...filesBelow(allocs(), outsideSecrets)];
    expect(looked.filter((path) => /postgres\.std(out|err)/.test(path)).length).toBeGreaterThanOrEqual(2);
    expect(inFiles(allocs(), outsideSecrets)).toEqual([]);
  });

  it('are not on the volumes: neither in a dump nor in a cluster', () => {
    expect(list(join(world.lab.dir, 'volumes')).length).toBeGreaterThanOrEqual(4);
    expect(inFiles(join(world.lab.dir, 'volumes'))).toEqual([]);
  });
});
