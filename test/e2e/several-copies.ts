import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { compareLedger, parseTokens, readLedger } from '../../lab/audit.js';
import { pause } from './expectations.js';
import type { LabWorld } from './lab-world.js';

/** Speedtest with a second group of two copies, which write as well and keep a ledger of their own. */
export class SeveralCopies {
  private constructor(
    private readonly world: LabWorld,
    private readonly workerLedger: string,
  ) {}

  static async in(world: LabWorld): Promise<SeveralCopies> {
    const { Volume } = await world.nomad<{ Volume: { HostPath: string } }>('/v1/volume/host/create', {
      method: 'PUT',
      body: JSON.stringify({
        Volume: {
          Name: 'worker_config',
          PluginID: 'mkdir',
          RequestedCapabilities: [{ AccessMode: 'single-node-multi-writer', AttachmentMode: 'file-system' }],
          Parameters: { mode: '0755', uid: '65534', gid: '65534' },
        },
      }),
    });
    const text = await readFile(world.jobspec, 'utf8');
    await writeFile(world.jobspec, withWorker(text));
    await world.registerJobspec();
    const copies = new SeveralCopies(world, Volume.HostPath);
    await copies.untilAllWrite();
    return copies;
  }

  /** Three copies run from one version of the job, and both ledgers grow. */
  async untilAllWrite(): Promise<void> {
    const acks = async (): Promise<number> => (await readLedger(this.workerLedger)).filter(isAck).length;
    await until('three copies run', async () => (await this.running()).length === 3);
    const before = await acks();
    await until('the workers write', async () => (await acks()) > before + 5);
    await this.world.untilWriting();
  }

  async running(): Promise<{ ID: string; TaskGroup: string }[]> {
    const all = await this.world.nomad<{ ID: string; TaskGroup: string; ClientStatus: string }[]>(
      '/v1/job/speedtest/allocations',
    );
    return all.filter(({ ClientStatus }) => ClientStatus === 'running');
  }

  /** Every acknowledged write of every copy is there once, whichever database they use now. */
  async expectNothingLost(): Promise<void> {
    const read = async () => [
      ...(await readLedger(this.world.lab.ledgerDir)),
      ...(await readLedger(this.workerLedger)),
    ];
    const before = await read();
    const answer = await fetch(`${this.world.lab.appUrl}/dump-tokens`);
    const rows = parseTokens(await answer.text());
    const announced = new Set((await read()).map(({ token }) => token));
    const { acknowledged, missing, doubled, strangers } = compareLedger(before, rows);
    expect(acknowledged).toBeGreaterThan(50);
    expect({ missing, doubled, strangers: strangers.filter((token) => !announced.has(token)) }).toEqual({
      missing: [],
      doubled: [],
      strangers: [],
    });
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await pause(250)) if (await holds()) return;
  throw new Error(`it did not come about that ${what}`);
}

const isAck = ({ kind }: { kind: string }): boolean => kind === 'ack';

function withWorker(text: string): string {
  const end = text.lastIndexOf('}');
  const group = text.slice(text.indexOf('  group "speedtest" {'), end);
  const worker = group
    .replace('group "speedtest"', 'group "worker"')
    .replace('count = 1', 'count = 2')
    .replace(/port "http" \{[^}]*\}/, 'port "http" {}')
    .replace(/ {4}service \{[\s\S]*?\n {4}\}\n\n/, '')
    .replace('"speedtest_config"', '"worker_config"')
    .replace('single-node-single-writer', 'single-node-multi-writer');
  return `${text.slice(0, end)}\n${worker}${text.slice(end)}`;
}
