import { execFile } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { ensureVolume } from '../../../lab/cluster.js';
import { openApi } from '../../../lab/http.js';
import { pause } from '../expectations.js';
import { LabWorld } from '../lab-world.js';
import { HOUSE, houseText, type Marks, PASSWORD, PLAIN } from './house.js';
import { addMariadb } from './mariadb.js';
import { installPrograms, programs } from './programs.js';

/** Jobs that are moved, by the names that the inventory has for their apps. */
export const MOVED: Readonly<Record<string, string>> = {
  feeds: 'miniflux',
  sso: 'keycloak',
  matrix: 'synapse',
  papers: 'paperless',
  forge: 'forgejo',
  links: 'linkding',
};

/** Rows that a database holds before its app has ever run. */
export const ROWS = 500;
export const ORPHAN = 'forgotten';

const KEYS = ['collector', 'hass/password', 'wiki/password', 'reading', 'ledger', 'photos', 'shop', 'budget'];
const VARIABLES = ['links', 'login', 'pads', 'history'];

/** The node's reckoned CPU has to be enough for all of them beside forty other jobs. */
const SMALL = 'resources: { postgres: { cpu: 60 }, toolbox: { cpu: 40 } }';

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A lab whose shared instance serves the whole house, every job of which runs as its file says. */
export class Homelab {
  private constructor(
    readonly world: LabWorld,
    readonly marks: Marks,
  ) {}

  static async up(): Promise<Homelab> {
    const lab = await LabWorld.up('e2e-homelab', { consul: true, scale: 1, writeEveryMs: 2000 });
    const { nomadAddr, vaultAddr, vaultToken, consulAddr } = lab.lab;
    const world = lab.with({
      ...{ NOMAD_ADDR: nomadAddr, VAULT_ADDR: vaultAddr, VAULT_TOKEN: vaultToken.reveal() },
      ...(consulAddr === undefined ? {} : { CONSUL_HTTP_ADDR: consulAddr }),
    });
    const { host, port } = await sharedAt(world);
    const house = new Homelab(world, { host, port, dns: host, bin: join(world.lab.home, 'bin') });
    await house.furnish();
    return house;
  }

  down(): Promise<void> {
    return this.world.down();
  }

  fileOf(job: string): string {
    return join(this.world.lab.home, `jobs/src/${job}.nomad.hcl`);
  }

  private async furnish(): Promise<void> {
    const { dir } = this.world.lab;
    await installPrograms([this.marks.bin, join(dir, 'rootfs/opt/house')], programs(this.marks.port, PLAIN));
    await addMariadb(join(dir, 'rootfs'));
    await this.patientCheck();
    await this.asAdmin(makeDatabases);
    await this.fillDatabases();
    await this.putSecrets();
    const { uid, gid } = await postgresUser();
    await ensureVolume(openApi(this.world.lab.nomadAddr), { name: 'gallery_data', mode: '0700', uid, gid });
    await this.enterInInventory();
    for (const { job } of HOUSE) {
      await writeFile(this.fileOf(job), houseText(job, this.marks));
      await this.register(this.fileOf(job));
    }
  }

  /** With ports of their own, so that moves at the same time do not choose the same. */
  private async enterInInventory(): Promise<void> {
    const path = join(this.world.lab.home, 'dbctl.yaml');
    const first = Number(/ports: \{ from: (\d+) \}/.exec(await readFile(path, 'utf8'))?.[1]);
    const entries = Object.entries(MOVED).map(([job, app], index) => {
      const port = job === 'forge' ? '' : `, port: ${first + 1 + index}`;
      return `  ${job}: { app: ${app}, jobspec: jobs/src/${job}.nomad.hcl${port}, ${SMALL} }\n`;
    });
    await appendFile(path, entries.join(''));
  }

  /**
   * On a busy machine the script of the check may take seconds, and each time that it fails every app with a lookup starts
   * again without an address.
   */
  private async patientCheck(): Promise<void> {
    const path = this.fileOf('postgresql');
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text.replace(/interval = "2s"\n( +)timeout {2}= "2s"/, 'interval = "20s"\n$1timeout  = "20s"'),
    );
    await this.register(path);
  }

  /** As `nomad job run` does it. */
  async register(path: string): Promise<void> {
    const Source = await readFile(path, 'utf8');
    await this.world.nomad('/v1/jobs', {
      method: 'POST',
      body: JSON.stringify({ Job: await this.parsed(Source), Submission: { Source, Format: 'hcl2' } }),
    });
  }

  parsed(JobHCL: string): Promise<Record<string, unknown>> {
    return this.world.nomad('/v1/jobs/parse', { method: 'POST', body: JSON.stringify({ JobHCL, Canonicalize: true }) });
  }

  /** What `nomad job validate` says against it: nothing. */
  async complaints(text: string): Promise<string[]> {
    const Job = await this.parsed(text);
    const answer = await this.world.nomad<{ ValidationErrors: string[] | null; Error: string }>('/v1/validate/job', {
      method: 'POST',
      body: JSON.stringify({ Job }),
    });
    return [...(answer.ValidationErrors ?? []), answer.Error].filter((one) => one !== '');
  }

  async asAdmin<T>(use: (client: pg.Client) => Promise<T>, database = 'postgres'): Promise<T> {
    const { host, port } = this.marks;
    const password = await this.world.secret('postgres/admin');
    const client = new pg.Client({ host, port, user: 'postgres', password, database });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async fillDatabases(): Promise<void> {
    const owned = HOUSE.filter(({ job }) => job in MOVED);
    for (const { databases, role } of owned)
      await this.asAdmin(async (client) => {
        await client.query(`set role ${quoted(role ?? '')}`);
        await client.query('create table archive (id int primary key, line text not null)');
        await client.query(`insert into archive select n, md5(n::text) from generate_series(1, ${ROWS}) n`);
      }, databases[0]);
  }

  private async putSecrets(): Promise<void> {
    const { vaultAddr, vaultToken, consulAddr, nomadAddr } = this.world.lab;
    const { host, port } = this.marks;
    const url = `postgres://stats:${PLAIN}@${host}:${port}/hits`;
    const put = async (address: string, body: string, headers: Record<string, string> = {}): Promise<void> => {
      const response = await fetch(address, { method: 'PUT', body, headers });
      if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
    };
    const token = { 'X-Vault-Token': vaultToken.reveal() };
    const secret = JSON.stringify({ data: { password: PLAIN, pw: PLAIN, url } });
    for (const { job } of HOUSE) await put(`${vaultAddr}/v1/secret/data/postgres/${job}`, secret, token);
    for (const key of KEYS) await put(`${consulAddr}/v1/kv/house/${key}`, PLAIN);
    for (const job of VARIABLES) {
      const Path = `nomad/jobs/${job}`;
      await put(`${nomadAddr}/v1/var/${Path}`, JSON.stringify({ Path, Items: { db_password: PLAIN } }));
    }
  }

  /** Waits until every app of the shared instance has a session in each of its databases; returns who has none after that time. */
  async notIn(seconds: number): Promise<string[]> {
    const wanted = HOUSE.filter(({ server }) => server === 'shared').flatMap(({ databases, role }) =>
      databases.map((name) => `${role} in ${name}`),
    );
    for (const end = Date.now() + seconds * 1000; ; await pause(2000)) {
      const { rows } = await this.asAdmin((client) => client.query<{ seen: string }>(SESSIONS));
      const seen = new Set(rows.map((row) => row.seen));
      const out = wanted.filter((one) => !seen.has(one));
      if (out.length === 0 || Date.now() > end) return out;
    }
  }

  /** Tasks that do not run, with their last words. */
  async troubles(): Promise<string> {
    const allocs = await this.world.nomad<Alloc[]>('/v1/allocations?task_states=true');
    const states = allocs.flatMap(({ JobID, TaskStates }) =>
      Object.entries(TaskStates ?? {}).map(([task, { State, Events }]) => ({
        where: `${JobID}/${task}`,
        State,
        Events,
      })),
    );
    return states
      .filter(({ State }) => State !== 'running')
      .map(({ where, State, Events }) => `${where} ${State}: ${Events?.at(-1)?.DisplayMessage ?? ''}`)
      .join('\n');
  }

  /** The same for jobs of which every task has to run. */
  async notRunning(jobs: readonly string[], seconds: number): Promise<string[]> {
    for (const end = Date.now() + seconds * 1000; ; await pause(2000)) {
      const allocs = await this.world.nomad<Alloc[]>('/v1/allocations?task_states=true');
      const isUp = ({ TaskStates }: Alloc): boolean =>
        Object.values(TaskStates ?? {}).every(({ State, Failed }) => State === 'running' && !Failed);
      const out = jobs.filter((job) => !allocs.some((alloc) => alloc.JobID === job && isUp(alloc)));
      if (out.length === 0 || Date.now() > end) return out;
    }
  }
}

interface Alloc {
  readonly JobID: string;
  readonly TaskStates: Record<
    string,
    { State: string; Failed: boolean; Events: { DisplayMessage: string }[] | null }
  > | null;
}

const SESSIONS = `select distinct usename || ' in ' || datname as seen from pg_stat_activity where usename is not null`;

async function sharedAt({ lab }: LabWorld): Promise<{ host: string; port: number }> {
  const response = await fetch(`${lab.consulAddr}/v1/health/service/postgresql`);
  const [found] = (await response.json()) as { Service: { Address: string; Port: number } }[];
  if (found === undefined) throw new Error('the shared server is not registered');
  return { host: found.Service.Address, port: found.Service.Port };
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string): Promise<number> =>
    Number((await promisify(execFile)('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

async function makeDatabases(client: pg.Client): Promise<void> {
  for (const { databases, role, server } of HOUSE) {
    if (server !== 'shared' || role === null) continue;
    const password = role === 'safe-keeper' ? PASSWORD : PLAIN;
    await client.query(`create role ${quoted(role)} login password '${password}'`);
    for (const name of databases) await client.query(`create database ${quoted(name)} owner ${quoted(role)}`);
  }
  await client.query(`create database ${ORPHAN}`);
  await client.query('create database blog_old owner blog');
}
