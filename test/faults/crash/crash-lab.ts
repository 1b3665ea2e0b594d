import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LabService } from '../../../lab/index.js';
import { expectNothingLost, pause } from '../../e2e/expectations.js';
import { LabWorld } from '../../e2e/lab-world.js';
import { type Chain, chain, endedWell, explained, type Kills, type Verb } from './chain.js';
import { type Changes, changes } from './changes.js';
import { type EndState, endState } from './end-state.js';
import { type Ended, Killer } from './killer.js';
import { finalize, migrate } from './verbs.js';

/** A lab, and what an undisturbed run of each verb ends with in it. */
export class CrashLab {
  readonly #ends = new Map<Verb, EndState>();
  #finalized: Promise<Changes> | undefined;

  private constructor(
    readonly world: LabWorld,
    readonly killer: Killer,
    private readonly inventory: string,
  ) {}

  static async up(name: string): Promise<CrashLab> {
    const world = await LabWorld.up(name, { scale: 1, all: true });
    const path = join(world.lab.home, 'dbctl.yaml');
    // A job that holds nothing but a new database reads its secret by this role of the lab's Vault.
    const inventory = (await readFile(path, 'utf8')).replace(/^vault:$/m, 'vault:\n  role: databases');
    await writeFile(path, inventory);
    return new CrashLab(world, await Killer.before(world), inventory);
  }

  async down(): Promise<void> {
    await this.killer.close();
    await this.world.down();
  }

  /** Runs it to its end; what that is like is what every resumed run is compared with. */
  async undisturbed(verb: Verb): Promise<EndState> {
    const known = this.#ends.get(verb);
    if (known) return known;
    await this.#well(verb, await this.killer.run(verb.begin));
    const state = await this.state(verb);
    this.#ends.set(verb, state);
    return state;
  }

  state = (verb: Verb): Promise<EndState> => endState(this.world, serviceOf(verb));

  async run(verb: Verb): Promise<void> {
    await this.#well(verb, await this.killer.run(verb.begin));
  }

  killed = (verb: Verb, kills: Kills): Promise<Chain> => chain(this.killer, verb, kills);

  /** What an act changes of the verb's service. */
  async changes(verb: Verb, act: () => Promise<void>): Promise<Changes> {
    const before = await this.state(verb);
    await act();
    return changes(before, await this.state(verb));
  }

  /** Killed and resumed, a finalize changes what one of another service does that nobody disturbed. */
  async finalized(verb: Verb, kills: Kills): Promise<Chain> {
    const other = finalize('grafana');
    this.#finalized ??= this.run(migrate('grafana')).then(() =>
      this.#soaked(() => this.changes(other, () => this.run(other))),
    );
    const expected = await this.#finalized;
    const chains: Chain[] = [];
    const seen = await this.#soaked(() =>
      this.changes(verb, async () => void chains.push(await this.killed(verb, kills))),
    );
    const [killed] = chains;
    if (killed === undefined) throw new Error('nothing was run');
    await this.expectOver(verb, killed);
    expect(seen).toEqual(expected);
    await this.expectNoMore(verb);
    return killed;
  }

  /** The lab's `finalize.soak` is 3 s: the drop gate is shut until the app has run as long. */
  async #soaked<T>(act: () => Promise<T>): Promise<T> {
    await pause(4_000);
    return act();
  }

  /** Every resume got past its kill, the end is that one, nothing was lost, and once more there is nothing to do. */
  async expectEnd(verb: Verb, killed: Chain, end: EndState): Promise<void> {
    await this.expectOver(verb, killed);
    expect(await this.state(verb)).toEqual(end);
    if (verb.ends === 'ok') await this.expectNoMore(verb);
  }

  async expectOver(verb: Verb, { outcomes, last }: Chain): Promise<void> {
    const stuck = outcomes.filter(({ ok }) => !ok);
    expect(stuck, stuck.map(({ row, mode, what, why }) => `${mode} ${row}, ${what}: ${why}`).join('\n')).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(0);
    await this.#well(verb, last);
    if (this.world.lab.apps.some(({ service }) => service === serviceOf(verb)))
      await expectNothingLost(this.world, serviceOf(verb) as LabService);
  }

  async expectNoMore(verb: Verb): Promise<void> {
    const end = await this.state(verb);
    const again = await this.killer.run(verb.begin);
    expect({ code: again.code, status: again.report.status }, explained(again)).toEqual({
      code: 0,
      status: 'nothing-to-do',
    });
    expect(await this.state(verb)).toEqual(end);
  }

  async #well(verb: Verb, ended: Ended): Promise<void> {
    expect(endedWell(verb, ended), explained(ended)).toBe(true);
  }

  /** Everything that a provision made, as if it had never been: so that the next one starts from the same. */
  async forget(service: string): Promise<void> {
    const { world } = this;
    const job = `${service}-postgres`;
    const allocations = await world.nomad<{ ID: string }[]>(`/v1/job/${job}/allocations`);
    await this.#delete(`/v1/job/${job}?purge=true`);
    for (const { ID } of allocations) await this.#gone(ID);
    const volumes = await world.nomad<{ ID: string; Name: string }[]>('/v1/volumes?type=host');
    for (const { ID, Name } of volumes) {
      if (Name === `${service}_postgres_data`) await this.#delete(`/v1/volume/host/${ID}/delete`);
      if (Name !== 'db-backups') continue;
      const { HostPath } = await world.nomad<{ HostPath: string }>(`/v1/volume/host/${ID}`);
      await rm(join(HostPath, service), { recursive: true, force: true });
    }
    await this.#delete(`/v1/var/dbctl/services/${service}`);
    await rm(join(world.lab.home, `jobs/src/${job}.nomad.hcl`), { force: true });
    await writeFile(join(world.lab.home, 'dbctl.yaml'), this.inventory);
    const headers = { 'X-Vault-Token': world.lab.vaultToken.reveal() };
    await fetch(`${world.lab.vaultAddr}/v1/secret/metadata/postgres/${service}`, { method: 'DELETE', headers });
  }

  /** A volume is free some time after its last allocation has gone. */
  async #delete(path: string): Promise<void> {
    for (const until = Date.now() + 30_000; ; await pause(250)) {
      const { ok, status } = await fetch(`${this.world.lab.nomadAddr}${path}`, { method: 'DELETE' });
      if (ok || status === 404) return;
      if (Date.now() > until) throw new Error(`DELETE ${path}: ${status}`);
    }
  }

  async #gone(allocation: string): Promise<void> {
    for (const until = Date.now() + 60_000; Date.now() < until; await pause(200)) {
      const response = await fetch(`${this.world.lab.nomadAddr}/v1/allocation/${allocation}`);
      // Of a job that was purged Nomad forgets the allocations, once they have ended.
      if (response.status === 404) return;
      const { ClientStatus } = (await response.json()) as { ClientStatus: string };
      if (ClientStatus !== 'running' && ClientStatus !== 'pending') return;
    }
    throw new Error(`allocation ${allocation} does not end`);
  }
}

export const serviceOf = (verb: Verb): string => verb.begin[1] ?? '';
