import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ForgeApi, forgeIsHealthy } from '../../lab/forge/api.js';
import { archiveAnswers, fillArchive, type ListAnswer } from '../../lab/forge/archive.js';
import { auditForge, type ForgeAudit, readForgeLedger } from '../../lab/forge/audit.js';
import { doctorSays, makeKeeper } from '../../lab/forge/keeper.js';
import { BUSY } from '../../lab/forge/ledger.js';
import { LoadProcess, makeBusy } from '../../lab/forge/load-process.js';
import { rowsPerTable } from '../../lab/forge/tables.js';
import { Secret } from '../../src/shared/secret.js';
import { pause } from './expectations.js';
import { LabWorld, type Run } from './lab-world.js';

interface Service {
  readonly Address: string;
  readonly Port: number;
}

/** What can be seen of Gitea from outside while nobody writes. */
export interface Sight {
  readonly rows: ReadonlyMap<string, number>;
  readonly answers: readonly ListAnswer[];
  readonly audit: ForgeAudit;
  /** What Gitea's own consistency checks say. */
  readonly doctor: readonly string[];
}

export interface Move {
  readonly verb: string;
  readonly run: Run;
  readonly wallSeconds: number;
  /** From the last write acknowledged before to the first after, by the ledger outside. */
  readonly downtimeSeconds: number;
  readonly after: Sight;
}

/** A lab with Gitea, its administrator, an archive that stays as it is, and a repository that is written to. */
export class ForgeWorld {
  private constructor(
    readonly world: LabWorld,
    private readonly api: ForgeApi,
    private readonly token: Secret,
  ) {}

  static async up(name: string): Promise<ForgeWorld> {
    const world = await LabWorld.up(name, { scale: 1, extras: ['forge'] });
    try {
      const token = await makeKeeper(world.lab, () => undefined);
      const [service] = await world.nomad<Service[]>('/v1/service/forge');
      const api = new ForgeApi(`http://${service?.Address}:${service?.Port}`, token);
      await fillArchive(api);
      await makeBusy(api);
      return new ForgeWorld(world, api, token);
    } catch (error) {
      await world.down();
      throw error;
    }
  }

  /** Writes go on from some seconds before the move to some after it. */
  async underLoad(verb: string, ...args: string[]): Promise<Move> {
    const load = new LoadProcess({ url: this.api.url, token: this.token, ledger: this.#ledger });
    await this.#acknowledged(20);
    const started = Date.now();
    const run = await this.world.dbctl(verb, 'forge', '--yes', '--confirm', 'forge', '--json', ...args);
    const wallSeconds = (Date.now() - started) / 1000;
    await this.#acknowledged(20).catch(() => undefined);
    await load.stop();
    const downtimeSeconds = longestPause(await this.#ackTimes(), started);
    return { verb, run, wallSeconds, downtimeSeconds, after: await this.see() };
  }

  async see(): Promise<Sight> {
    return {
      rows: await rowsPerTable(await this.#database()),
      answers: await archiveAnswers(this.api),
      audit: await auditForge(this.api, this.#ledger),
      doctor: await doctorSays(this.world.lab, () => undefined),
    };
  }

  /** Does to Gitea what a bad move would: one acknowledged comment gone, one there twice, an issue and the archive altered. */
  async damage(): Promise<{ gone: string; twice: string; altered: string }> {
    const acks = (await readForgeLedger(this.#ledger)).filter(({ kind }) => kind === 'ack');
    const [gone, twice] = acks.filter(({ what }) => what === 'comment');
    const altered = acks.find(({ what }) => what === 'issue');
    if (!(gone?.path && twice && altered?.path)) throw new Error('the ledger holds too little');
    await this.api.ask('DELETE', gone.path);
    await this.api.call('POST', `/repos/${BUSY}/issues/1/comments`, { body: twice.token });
    await this.api.call('PATCH', altered.path, { body: `${altered.token} altered` });
    await this.api.call('PATCH', '/repos/archive/letters/issues/1', { title: 'altered' });
    return { gone: gone.token, twice: twice.token, altered: altered.path };
  }

  isHealthy(): Promise<boolean> {
    return forgeIsHealthy(this.api.url);
  }

  get jobspec(): string {
    return join(this.world.lab.home, 'jobs/src/forge.nomad.hcl');
  }

  get #ledger(): string {
    return join(this.world.state, 'forge.jsonl');
  }

  async #ackTimes(): Promise<number[]> {
    const lines = await readForgeLedger(this.#ledger).catch(() => []);
    return lines.filter(({ kind }) => kind === 'ack').map(({ ts }) => Date.parse(ts));
  }

  async #acknowledged(more: number): Promise<void> {
    const goal = (await this.#ackTimes()).length + more;
    for (let left = 300; left > 0; left--) {
      if ((await this.#ackTimes()).length >= goal) return;
      await pause(100);
    }
    throw new Error('Gitea acknowledges nothing');
  }

  /** As the operator's file says: a literal address, or the shared instance by its service. */
  async #database(): Promise<{ host: string; port: number; password: Secret }> {
    const password = new Secret(await this.world.secret('postgres/forge'));
    const [, host, port] = /^GITEA__database__HOST=([^{]+):(\d+)$/m.exec(await readFile(this.jobspec, 'utf8')) ?? [];
    if (host !== undefined) return { host, port: Number(port), password };
    const [shared] = await this.world.nomad<Service[]>('/v1/service/postgresql');
    return { host: shared?.Address ?? '', port: shared?.Port ?? 0, password };
  }
}

/** The longest pause that began after `since`, or just before it. */
export function longestPause(acks: readonly number[], since: number): number {
  const times = [...acks].sort((a, b) => a - b);
  const pauses = times.slice(1).map((time, index) => ({ time, length: time - (times[index] ?? time) }));
  return Math.max(0, ...pauses.filter(({ time }) => time >= since).map(({ length }) => length)) / 1000;
}
