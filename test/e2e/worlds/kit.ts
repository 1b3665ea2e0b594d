import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { findTool } from '../../../lab/binaries.js';
import { framedPsql } from '../../../src/adapters/framed-psql.js';
import { nomadAdapter } from '../../../src/adapters/nomad/index.js';
import { runningAlloc } from '../../../src/pipeline/live.js';
import type { DoctorReport } from '../../../src/report/doctor-report.js';
import { sharedAddress, sharedServer } from '../cluster-state.js';
import { newestAlloc, until } from '../data-volume.js';
import type { LabWorld } from '../lab-world.js';

type Body = Record<string, unknown>;

/** Real means to break a lab, and to do what a fix says. */
export class Kit {
  /** dbctl as the next look is made: with other variables, where these are what is broken. */
  eyes: LabWorld;
  /** What somebody holds while a row lives: sessions, a port. */
  readonly #held: (() => Promise<unknown>)[] = [];
  /** What a row has to remember until it is put back. */
  readonly notes = new Map<string, string>();

  private constructor(
    readonly world: LabWorld,
    private readonly path: string,
    readonly texts: { readonly inventory: string; readonly speedtest: string; readonly shared: string },
  ) {
    this.eyes = world;
  }

  static async of(world: LabWorld): Promise<Kit> {
    const texts = {
      inventory: await readFile(join(world.lab.home, 'dbctl.yaml'), 'utf8'),
      speedtest: await world.jobspecText(),
      shared: await readFile(join(world.lab.home, 'jobs/src/postgresql.nomad.hcl'), 'utf8'),
    };
    return new Kit(world, await programs(world), texts);
  }

  /** Looks from here on with addresses and tokens from the environment, as at home. */
  lookWith(variables: Readonly<Record<string, string>>): void {
    const { nomadAddr, vaultAddr } = this.world.lab;
    this.eyes = this.world.behind({ nomad: nomadAddr, vault: vaultAddr }).with(variables);
  }

  /** dbctl believes that it is so much later; every other clock is right. */
  lookLater(hours: number): void {
    const code = `const Real = Date; globalThis.Date = class extends Real {
      constructor(...args) { args.length === 0 ? super(Real.now() + ${hours * 3_600_000}) : super(...args); }
      static now() { return Real.now() + ${hours * 3_600_000}; } };`;
    this.eyes = this.world.with({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` });
  }

  /** As it is pasted into a shell at the folder of the inventory, by somebody with every right. */
  shell(command: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const { nomadAddr, vaultAddr, vaultToken, home } = this.world.lab;
    const env = {
      ...this.world.environment,
      ...{ PATH: `${this.path}:${process.env['PATH'] ?? ''}`, NOMAD_ADDR: nomadAddr, VAULT_ADDR: vaultAddr },
      ...{ VAULT_TOKEN: vaultToken.reveal(), ...variables },
    };
    return new Promise((resolve, reject) => {
      const child = execFile('/bin/sh', ['-c', command], { env, cwd: home, maxBuffer: 1 << 26 }, (error, out, err) =>
        error ? reject(new Error(`${command}: ${error.message}\n${out}\n${err}`)) : resolve(out),
      );
      child.stdin?.end();
    });
  }

  /** As a superuser of the shared instance, one statement after another as psql sends them. */
  sql<Row extends Body = Body>(statements: string, database = 'postgres'): Promise<Row[]> {
    return sharedServer(
      this.world,
      async (client) => {
        const answers: Row[] = [];
        for (const statement of statements.split(/;\s*/).filter(Boolean))
          answers.push(...(await client.query<Row>(statement)).rows);
        return answers;
      },
      database,
    );
  }

  hold(release: () => Promise<unknown>): void {
    this.#held.push(release);
  }

  async release(): Promise<void> {
    await Promise.all(this.#held.splice(0).map((release) => release()));
  }

  /** `dbctl doctor --fix`, whose repair of that check has to be done. */
  async fix(check: string): Promise<void> {
    const run = await this.eyes.dbctl('doctor', '--fix', '--yes', '--json');
    const { repairs } = JSON.parse(run.stdout) as DoctorReport;
    const done = repairs.find((repair) => repair.check === check);
    if (done?.status !== 'done')
      throw new Error(`--fix did not mend ${check}: ${JSON.stringify(repairs)} ${run.stderr}`);
  }

  /** A session that stays until the row is over. */
  async session(database: string, user = 'postgres'): Promise<pg.Client> {
    const password = await this.world.secret(`postgres/${user === 'postgres' ? 'admin' : user}`);
    const client = new pg.Client({ ...(await sharedAddress(this.world)), user, password, database });
    client.on('error', () => undefined);
    await client.connect();
    this.hold(() => client.end().catch(() => undefined));
    return client;
  }

  /** On which the dedicated server listens, as the jobspec says. */
  async ownPort(): Promise<number> {
    const [, part = ''] = (await this.world.jobspecText()).split('# >>> dbctl');
    return Number(/static\s*=\s*(\d+)/.exec(part)?.[1]);
  }

  /** Over the socket of the dedicated server, from its toolbox. */
  async ownSql(script: string): Promise<unknown[]> {
    const nomad = nomadAdapter({ address: this.world.lab.nomadAddr });
    const { ID: allocId } = await runningAlloc({ nomad }, 'speedtest', 'db-backup');
    const host = '${NOMAD_ALLOC_DIR}/pg';
    const target = { allocId, task: 'db-backup', database: 'postgres', host, port: await this.ownPort() };
    return await framedPsql(nomad).run(target, `${script}\n`);
  }

  async vault<T = Body>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.world.lab.vaultAddr}/v1/${path}`, {
      method,
      headers: { 'X-Vault-Token': this.world.lab.vaultToken.reveal() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  /** A token of those policies, as its holder has it. */
  async vaultToken(policies: readonly string[], ttl: string): Promise<string> {
    const made = await this.vault<{ auth: { client_token: string } }>('POST', 'auth/token/create', { policies, ttl });
    return made.auth.client_token;
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.world.nomad<T>(path, { method: 'PUT', body: JSON.stringify(body) });
  }

  job(id: string): Promise<Body> {
    return this.world.nomad<Body>(`/v1/job/${id}`);
  }

  register(job: Body): Promise<unknown> {
    return this.put('/v1/jobs', { Job: job });
  }

  /** A jobspec as text, registered under its own id. */
  async run(source: string): Promise<unknown> {
    const job = await this.world.nomad('/v1/jobs/parse', {
      method: 'POST',
      body: JSON.stringify({ JobHCL: source, Canonicalize: true }),
    });
    return await this.put('/v1/jobs', { Job: job, Submission: { Source: source, Format: 'hcl2' } });
  }

  /** Purged, where there is one. */
  async forget(id: string): Promise<void> {
    await fetch(`${this.world.lab.nomadAddr}/v1/job/${id}?purge=true`, { method: 'DELETE' });
  }

  /** The newest allocation ends, and another one takes its place. */
  async stopAlloc(job: string): Promise<void> {
    await this.put(`/v1/allocation/${(await newestAlloc(this.world, job))?.ID}/stop`, {});
  }

  /** As often, each time that it runs. */
  async killTask(job: string, task: string, times: number): Promise<void> {
    const id = (await newestAlloc(this.world, job))?.ID ?? '';
    const restarts = async (): Promise<number> => {
      const { TaskStates } = await this.world.nomad<{
        TaskStates: Record<string, { State: string; Restarts: number }>;
      }>(`/v1/allocation/${id}`);
      const state = TaskStates[task];
      return state?.State === 'running' ? state.Restarts : -1;
    };
    const first = await restarts();
    for (let time = 0; time < times; time++) {
      await this.put(`/v1/client/allocation/${id}/signal`, { Signal: 'SIGKILL', Task: task });
      await until(restarts, (count) => count > first + time, `${task} runs again`);
    }
  }

  file(name: string): string {
    return join(this.world.lab.home, name);
  }

  /** Changes the inventory; `change` has to change something. */
  inventory(change: (text: string) => string): Promise<void> {
    return this.#edit('dbctl.yaml', change);
  }

  jobspec(change: (text: string) => string, job = 'speedtest'): Promise<void> {
    return this.#edit(`jobs/src/${job}.nomad.hcl`, change);
  }

  async #edit(name: string, change: (text: string) => string): Promise<void> {
    const text = await readFile(this.file(name), 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`${name} is as it was`);
    await writeFile(this.file(name), changed);
  }

  inventoryBack(): Promise<void> {
    return writeFile(this.file('dbctl.yaml'), this.texts.inventory);
  }

  /** `nomad job run` of the file as it is. */
  async runFile(job: string): Promise<void> {
    await this.run(await readFile(this.file(`jobs/src/${job}.nomad.hcl`), 'utf8'));
  }

  /** The file as the lab wrote it is what runs. */
  async fileBack(job: 'speedtest' | 'postgresql'): Promise<void> {
    await writeFile(
      this.file(`jobs/src/${job}.nomad.hcl`),
      job === 'speedtest' ? this.texts.speedtest : this.texts.shared,
    );
    await this.runFile(job);
  }

  /** The inventory as the lab wrote it, eyes as at first, and nobody holds anything any more. */
  async putBack(): Promise<void> {
    this.eyes = this.world;
    await this.release();
    await this.inventoryBack();
  }
}

/** A folder with dbctl, nomad and vault as a PATH would have them. */
async function programs({ lab }: LabWorld): Promise<string> {
  const folder = join(lab.dir, 'programs');
  await mkdir(folder, { recursive: true });
  const targets = {
    dbctl: [process.execPath, join(import.meta.dirname, '../../../bin/dbctl.mjs')],
    nomad: [await findTool('nomad', () => undefined)],
    vault: [await findTool('vault', () => undefined)],
  };
  for (const [name, words] of Object.entries(targets)) {
    await writeFile(join(folder, name), `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`);
    await chmod(join(folder, name), 0o755);
  }
  return folder;
}
