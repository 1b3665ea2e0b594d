import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { sharedAddress, sharedServer } from '../cluster-state.js';
import { volumeFolder } from '../data-volume.js';
import { pause } from '../expectations.js';
import type { LabWorld } from '../lab-world.js';
import { RunningDbctl } from '../running-dbctl.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { SmallVault } from './small-vault.js';
import { VICTIM_INVENTORY, VICTIM_JOB } from './victim-texts.js';

const ENTRY = join(import.meta.dirname, '../../../bin/dbctl.mjs');
const PASSWORD = 'correct-horse-battery-staple-42';

type Edit = (text: string) => string;
type Undo = () => Promise<unknown>;

/** The victim service in a lab, ways to ruin it, and the way back from each. */
export class Victim {
  readonly #undo: Undo[] = [];
  #env: Record<string, string> = {};
  #job = '';

  private constructor(
    readonly world: LabWorld,
    readonly home: string,
    readonly state: string,
  ) {}

  static async in(world: LabWorld): Promise<Victim> {
    const home = await mkdtemp(join(tmpdir(), 'dbctl-bad-'));
    const victim = new Victim(world, home, join(home, 'state'));
    const { host, port } = await sharedAddress(world);
    victim.#job = VICTIM_JOB(host, port);
    await mkdir(dirname(victim.jobspec), { recursive: true });
    await writeFile(victim.inventoryPath, VICTIM_INVENTORY);
    await writeFile(victim.jobspec, victim.#job);
    await victim.#makeDatabase();
    await victim.writeSecret({ password: PASSWORD });
    await victim.register(victim.#job);
    return victim;
  }

  get inventoryPath(): string {
    return join(this.home, 'dbctl.yaml');
  }

  get jobspec(): string {
    return join(this.home, 'jobs/src/victim.nomad.hcl');
  }

  async #makeDatabase(): Promise<void> {
    await this.sql(`create role victim login password '${PASSWORD}'`);
    await this.sql('create database victim owner victim');
    await this.sql(
      'create table notes (id int primary key, text text); insert into notes select n, md5(n::text) from generate_series(1, 200) n; alter table notes owner to victim',
      'victim',
    );
  }

  /** As the shared server's superuser. */
  sql(text: string, database = 'postgres'): Promise<pg.QueryResult> {
    return sharedServer(this.world, (client) => client.query(text), database);
  }

  /** Runs `text` now and `back` after the case. */
  async alter(text: string, back: string, database = 'postgres'): Promise<void> {
    this.later(() => this.sql(back, database));
    await this.sql(text, database);
  }

  later(undo: Undo): void {
    this.#undo.push(undo);
  }

  async restore(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
    this.#env = {};
  }

  async down(): Promise<void> {
    await this.restore();
    await rm(this.home, { recursive: true, force: true });
  }

  env(more: Record<string, string>): void {
    this.#env = { ...this.#env, ...more };
  }

  async file(path: string, edit: Edit): Promise<void> {
    const before = await readFile(path, 'utf8');
    this.later(() => writeFile(path, before));
    const after = edit(before);
    if (after === before) throw new Error(`the edit of ${path} changed nothing`);
    await writeFile(path, after);
  }

  inventory(edit: Edit): Promise<void> {
    return this.file(this.inventoryPath, edit);
  }

  /** Adds lines to the service of the inventory. */
  setting(line: string): Promise<void> {
    return this.inventory((text) => `${text}    ${line}\n`);
  }

  /** The jobspec file alone: the running job stays. */
  jobspecFile(edit: Edit): Promise<void> {
    return this.file(this.jobspec, edit);
  }

  /** The jobspec file and the running job. */
  async job(edit: Edit): Promise<void> {
    this.later(() => this.register(this.#job));
    await this.jobspecFile(edit);
    await this.register(await readFile(this.jobspec, 'utf8'));
  }

  /** A fresh start each time: Nomad refuses to change a job's type. */
  async register(text: string, count = 1): Promise<void> {
    const job = await this.parse(text);
    await this.purge(job.ID);
    await this.world.nomad('/v1/jobs', body({ Job: job, Submission: { Source: text, Format: 'hcl2' } }));
    await this.settled(job.ID, job.Periodic ? 0 : count);
  }

  parse(text: string): Promise<{ ID: string; Periodic: unknown }> {
    return this.world.nomad('/v1/jobs/parse', body({ JobHCL: text, Canonicalize: true }));
  }

  async purge(id: string): Promise<void> {
    await this.world.nomad(`/v1/job/${id}?purge=true`, { method: 'DELETE' }).catch(() => undefined);
    await this.settled(id, 0);
  }

  async settled(id: string, wanted: number): Promise<void> {
    for (let left = 200; left > 0; left--) {
      const found = await this.world.nomad<{ ClientStatus: string }[]>(`/v1/job/${id}/allocations`).catch(() => []);
      const running = found.filter(({ ClientStatus }) => ClientStatus === 'running').length;
      const live = found.filter(({ ClientStatus }) => ['running', 'pending'].includes(ClientStatus)).length;
      if (wanted === 0 ? live === 0 : running >= wanted && live === running) return;
      await pause(100);
    }
    throw new Error(`job ${id} does not settle`);
  }

  async write(path: string, text: string): Promise<void> {
    this.later(() => rm(path, { force: true }));
    await writeFile(path, text);
  }

  async stopJob(): Promise<void> {
    this.later(() => this.register(this.#job));
    await this.world.nomad('/v1/job/victim', { method: 'DELETE' });
    await this.settled('victim', 0);
  }

  /** A second service of the inventory whose job names the victim's database. */
  async twin(): Promise<void> {
    this.later(() => this.purge('twin'));
    await this.register(
      this.#job.replaceAll('job "victim"', 'job "twin"').replace('DB_USERNAME = "victim"', 'DB_USERNAME = "twin"'),
    );
    await this.inventory((text) => `${text}  twin: { app: db-parts }\n`);
  }

  /** A job with a task `postgres` that can be had more than once, which the real one with its volume cannot. */
  async standIn(count: number): Promise<void> {
    const text = this.#job.replaceAll('"victim"', '"standin"').replace('task "app"', 'task "postgres"');
    this.later(() => this.purge('standin'));
    await this.register(text.replace('count = 1', `count = ${count}`), count);
  }

  async sharedPort(): Promise<number> {
    return (await sharedAddress(this.world)).port;
  }

  freePort(): Promise<number> {
    return new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => resolve(port));
      });
    });
  }

  /** A listener of this very process, unknown to Nomad. Returns its port. */
  listen(): Promise<number> {
    return new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
      this.later(() => new Promise((closed) => server.close(closed)));
    });
  }

  async makeVolume(name: string): Promise<void> {
    const { Volume } = await this.world.nomad<{ Volume: { ID: string } }>('/v1/volume/host/create', {
      method: 'PUT',
      body: JSON.stringify({
        Volume: {
          Name: name,
          PluginID: 'mkdir',
          RequestedCapabilities: [{ AccessMode: 'single-node-single-writer', AttachmentMode: 'file-system' }],
        },
      }),
    });
    this.later(() => fetch(`${this.world.lab.nomadAddr}/v1/volume/host/${Volume.ID}/delete`, { method: 'DELETE' }));
    await pause(1500);
  }

  async ineligible(): Promise<void> {
    const [node] = await this.world.nomad<{ ID: string }[]>('/v1/nodes');
    const set = (Eligibility: string): Promise<unknown> =>
      this.world.nomad(`/v1/node/${node?.ID}/eligibility`, body({ Eligibility }));
    this.later(() => set('eligible'));
    await set('ineligible');
  }

  /** A file of a terabyte that takes no room: PostgreSQL counts it to the size of the database. */
  async bloat(): Promise<void> {
    const { rows } = await this.sql("select oid from pg_database where datname = 'victim'");
    const file = join(await volumeFolder(this.world, 'postgresql_data'), `pgdata/base/${rows[0]?.oid}/999999999`);
    await this.write(file, '');
    await truncate(file, 1e12);
  }

  async verifier(text: string | null): Promise<void> {
    const { rows } = await this.sql("select rolpassword from pg_authid where rolname = 'victim'");
    this.later(() => this.sql(`alter role victim password '${rows[0]?.rolpassword}'`));
    await this.sql(`alter role victim password ${text === null ? 'null' : `'${text}'`}`);
  }

  /** A session of the app's role that stays open until the end of the case. */
  async session(database: string): Promise<pg.Client> {
    const client = new pg.Client({
      ...(await sharedAddress(this.world)),
      user: 'victim',
      password: PASSWORD,
      database,
    });
    client.on('error', () => undefined);
    await client.connect();
    this.later(() => client.end());
    return client;
  }

  /** As many as the server lets in, at most `count`. */
  async sessions(count: number): Promise<void> {
    for (let open = 0; open < count; open++)
      if ((await this.session('victim').catch(() => undefined)) === undefined) return;
  }

  /** The server runs on, but nobody finds its socket. */
  async hideSocket(): Promise<void> {
    const allocs = await this.world.nomad<{ ID: string; ClientStatus: string }[]>('/v1/job/postgresql/allocations');
    const alloc = allocs.find(({ ClientStatus }) => ClientStatus === 'running')?.ID ?? '';
    const run = join(this.world.lab.dir, 'nomad/alloc', alloc, 'postgres/run/postgresql');
    const socket = join(run, `.s.PGSQL.${await this.sharedPort()}`);
    this.later(() => rename(`${socket}.hidden`, socket));
    await rename(socket, `${socket}.hidden`);
  }

  async sealedVault(): Promise<string> {
    const vault = await SmallVault.up(this.home, await this.freePort());
    this.later(() => vault.down());
    await vault.seal();
    return vault.address;
  }

  async expiredVaultToken(): Promise<string> {
    const token = await this.vaultToken(['default'], '1s');
    await pause(1500);
    return token;
  }

  async deleteSecret(): Promise<void> {
    this.later(() => this.writeSecret({ password: PASSWORD }));
    await this.vault('DELETE', 'secret/data/postgres/victim');
  }

  /** A rehearsal that is under way; the case ends when it has ended. */
  async otherRun(): Promise<void> {
    const run = this.start(['migrate', 'victim', '--rehearse', '--yes', '--confirm', 'victim']);
    this.later(() => run.ended);
    await run.step('stage');
  }

  /** A new version of the victim's secret; `ruinSecret` writes the good one again afterwards. */
  async writeSecret(data: Record<string, string>): Promise<void> {
    await this.vault('POST', 'secret/data/postgres/victim', { data });
  }

  async ruinSecret(data: Record<string, string>): Promise<void> {
    this.later(() => this.writeSecret({ password: PASSWORD }));
    await this.writeSecret(data);
  }

  async vault<T>(method: string, path: string, payload?: unknown, address?: string): Promise<T> {
    const { vaultAddr, vaultToken } = this.world.lab;
    const response = await fetch(`${address ?? vaultAddr}/v1/${path}`, {
      method,
      headers: { 'X-Vault-Token': vaultToken.reveal() },
      ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return (text === '' ? null : JSON.parse(text)) as T;
  }

  async vaultToken(policies: string[], ttl = '1h'): Promise<string> {
    const made = await this.vault<{ auth: { client_token: string } }>('POST', 'auth/token/create', {
      policies,
      ttl,
      no_default_policy: true,
    });
    return made.auth.client_token;
  }

  /** The real program, as a person runs it off a terminal. */
  dbctl(args: readonly string[]): Promise<Outcome> {
    const env = this.#environment();
    return new Promise((resolve) => {
      execFile(process.execPath, [ENTRY, ...args, '--json'], { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
        resolve(outcomeOf(error ? Number(error.code ?? 1) : 0, stdout, stderr)),
      );
    });
  }

  start(args: readonly string[]): RunningDbctl {
    const env = this.#environment();
    return new RunningDbctl(spawn(process.execPath, [ENTRY, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      NOMAD_ADDR: this.world.lab.nomadAddr,
      VAULT_ADDR: this.world.lab.vaultAddr,
      VAULT_TOKEN: this.world.lab.vaultToken.reveal(),
      DBCTL_CONFIG: this.inventoryPath,
      DBCTL_STATE: this.state,
      NO_COLOR: '1',
      ...this.#env,
    };
  }
}

const body = (value: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(value) });
