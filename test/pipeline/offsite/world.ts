import { backupOf } from '../../../src/inventory/resolve-backup.js';
import type { InventoryService } from '../../../src/inventory/types.js';
import type { Toolbox } from '../../../src/pipeline/live.js';
import type { OffsiteContext } from '../../../src/pipeline/put-offsite.js';
import { toolsPin } from '../../../src/plan/backup-part.js';
import type { Allocation } from '../../../src/ports/nomad.js';
import { Secret } from '../../../src/shared/secret.js';
import { fakeClock } from '../../fakes/fake-clock.js';
import { fakeNomad } from '../../fakes/fake-nomad.js';
import { actAsToolbox } from '../../fakes/fake-toolbox.js';
import { fakeVault } from '../../fakes/fake-vault.js';
import { samplePart } from '../../render/sample-part.js';

export const CANARY = 'c4nary-key-51aa-77';
const sums = { rclone: 'ab'.repeat(32), age: 'cd'.repeat(32) };

const backup = backupOf(
  {},
  {
    backup: {
      offsite: [{ name: 'b2', url: 'b2://bucket/db' }],
      tools: {
        rclone: { url: 'https://x/rclone.zip', sha256: sums.rclone },
        age: { url: 'https://x/age.tar.gz', sha256: sums.age },
      },
      notify: [{ url: 'vault:postgres/notify#url', kind: 'webhook' }],
    },
  },
  'postgres',
);

export const PIN = toolsPin(backup.tools);
export const VARIABLE = 'nomad/jobs/speedtest/speedtest/db-backup';

const ENV = `TOOLS='/backups/.tools/${PIN}'\nOFFSITE='1'\nOFFSITE_1_NAME='b2'\nNOTIFY='1'\nNOTIFY_1_KIND='webhook'\n`;

export interface OffsiteWorld {
  readonly ctx: OffsiteContext;
  readonly toolbox: Toolbox;
  readonly nomad: ReturnType<typeof fakeNomad>;
  readonly vault: ReturnType<typeof fakeVault>;
  /** Whether the toolbox finds the programs whole; a download that ends well changes it. */
  whole: boolean;
  /** How the throwaway job's allocation ends. */
  ends: Partial<Allocation>;
  readonly registered: string[];
  env(text: string): void;
}

/** A service whose toolbox runs, with a target, messages, and everything in Vault; nothing is put yet. */
export async function offsiteWorld(): Promise<OffsiteWorld> {
  const clock = fakeClock({ auto: true });
  const nomad = fakeNomad(clock);
  const vault = fakeVault();
  const tasks = [{ Name: 'db-backup', Driver: 'exec' }];
  const speedtest = { ID: 'speedtest', Namespace: 'apps', TaskGroups: [{ Name: 'speedtest', Tasks: tasks }] };
  await nomad.port.registerJob(speedtest, { enforceIndex: 0 });
  const allocId = [...nomad.allocs.all.keys()][0] ?? '';
  const path = `${allocId}:db-backup/local/backup.env`;
  nomad.allocs.files.set(path, ENV);
  await vault.write('secret', 'postgres/offsite/b2', { key: new Secret(CANARY), account: new Secret('me') }, 0);
  await vault.write('secret', 'postgres/notify', { url: new Secret(`https://x/${CANARY}\n`) }, 0);
  const service = { name: 'speedtest', backup, vault: { mount: 'secret' } } as unknown as InventoryService;
  const world: OffsiteWorld = {
    ...{ nomad, vault, whole: false, ends: { ClientStatus: 'complete' }, registered: [] },
    toolbox: { allocId, task: 'db-backup' },
    env: (text) => void nomad.allocs.files.set(path, text),
    ctx: {
      ...{ nomad: nomad.port, vault, clock, service, signal: new AbortController().signal },
      plan: { service: 'speedtest', target: samplePart() },
      toolsJob: (_part, place) =>
        JSON.stringify({
          ID: place.jobId,
          Namespace: place.namespace,
          Meta: { node: place.nodeId, pin: place.pin, tools: place.tools.map(({ name }) => name).join() },
          TaskGroups: [{ Name: 'tools', Tasks: [{ Name: 'tools', Driver: 'exec' }] }],
        }),
    },
  };
  nomad.onRegister = (job) => {
    world.registered.push(JSON.stringify(job));
    const [alloc] = nomad.allocs.place(job);
    nomad.allocs.change(alloc?.ID ?? '', world.ends);
    if (world.ends.ClientStatus === 'complete') world.whole = true;
  };
  actAsToolbox(nomad.allocs, {
    onStep: () => 0,
    onScript: (script) => {
      if (!script.includes('SECRETS_DIR')) return world.whole ? 'dbctl-whole\n' : '';
      return `${nomad.variables.entries.get(VARIABLE)?.modifyIndex ?? '-'}\n`;
    },
  });
  return world;
}
