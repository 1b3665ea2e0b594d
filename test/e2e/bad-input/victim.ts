import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { sharedAddress, sharedServer } from '../cluster-state.js';
import { pause } from '../expectations.js';
import type { LabWorld } from '../lab-world.js';
import { RunningDbctl } from '../running-dbctl.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { PASSWORD, VICTIM_INVENTORY, VICTIM_JOB } from './victim-texts.js';

const ENTRY = join(import.meta.dirname, '../../../bin/dbctl.mjs');
type Edit = (text: string) => string;
type Undo = () => Promise<unknown>;

/** The victim service in a lab, ways to ruin it, and the way back from each. */
export class Victim {
  readonly #undo: Undo[] = [];
  #env: Record<string, string> = {};
  /** The jobspec as it is before any case. */
  jobText = '';

  private constructor(
    readonly world: LabWorld,
    readonly home: string,
    readonly state: string,
  ) {}

  static async in(world: LabWorld): Promise<Victim> {
    const home = await mkdtemp(join(tmpdir(), 'dbctl-bad-'));
    const victim = new Victim(world, home, join(home, 'state'));
    const { host, port } = await sharedAddress(world);
    victim.jobText = VICTIM_JOB(host, port);
    await mkdir(dirname(victim.jobspec), { recursive: true });
    await writeFile(victim.inventoryPath, VICTIM_INVENTORY);
    await writeFile(victim.jobspec, victim.jobText);
    await victim.#makeDatabase();
    await victim.writeSecret({ password: PASSWORD });
    await victim.register(victim.jobText);
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
    this.later(() => this.register(this.jobText));
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

  async sharedPort(): Promise<number> {
    return (await sharedAddress(this.world)).port;
  }

  /** A new version of the victim's secret. */
  async writeSecret(data: Record<string, string>): Promise<void> {
    await this.vault('POST', 'secret/data/postgres/victim', { data });
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

export const body = (value: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(value) });
