import { beforeEach, describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/parse.js';
import type { Likeness } from '../../src/plan/provision/fill.js';
import type { NomadJob } from '../../src/ports/nomad.js';
import { loadHcl, unsplice } from '../../src/render/index.js';
import type { UseCaseDeps } from '../../src/usecases/deps.js';
import { enrol, prepareProvision } from '../../src/usecases/prepare-provision.js';
import { asWritten } from '../../src/usecases/rebuild/as-written.js';
import { backupWorld } from './backup-world.js';

const ENV = `DB_CONNECTION=pgsql
DB_HOST={{ range nomadService "postgresql" }}{{ .Address }}{{ end }}
DB_PORT={{ range nomadService "postgresql" }}{{ .Port }}{{ end }}
DB_DATABASE=speedtest
DB_USERNAME=speedtest
`;

const TEXT = `job "speedtest" {
  group "speedtest" {
    network {
      mode = "host"
    }

    task "app" {
      driver = "exec"

      template {
        destination = "secrets/db.env"
        env         = true
        data        = <<EOH
${ENV}EOH
      }
    }
  }
}
`;

const app = (env: string) => ({
  Name: 'app',
  Driver: 'exec',
  Templates: [{ EmbeddedTmpl: env, DestPath: 'secrets/db.env', Envvars: true }],
});

/** As Nomad reads the file: without the part and with it. */
const job = (text: string): NomadJob => {
  const ours = text.includes('# >>> dbctl part');
  const port = /PGPORT *= "(\d+)"/.exec(text)?.[1] ?? '';
  const database = { Name: 'postgres', Driver: 'exec', Env: { PGPORT: port } };
  const others = ['db-backup', 'db-init', 'db-gate'].map((Name) => ({ Name, Driver: 'exec' }));
  const Tasks = [app(ours ? ENV.replaceAll(/\{\{.*\}\}/g, '127.0.0.1') : ENV), ...(ours ? [database, ...others] : [])];
  return { ID: 'speedtest', TaskGroups: [{ Name: 'speedtest', Networks: [{ Mode: 'host' }], Tasks }] };
};

const LIKE: Likeness = {
  service: 'speedtest',
  set: { id: '000027-20261127T023000Z', started: '2026-11-27T02:30:00Z', major: 15 },
  role: 'speedtest',
  databases: [{ name: 'speedtest', encoding: 'UTF8', collate: 'C', ctype: 'C' }],
  server: { driver: 'exec', major: 15, owner: { uid: 70, gid: 70 } },
  offsite: 'b2',
  node: { id: '', name: '', volume: '' },
  ...{ extensions: [], needBytes: 1, freeBytes: null, again: { empty: [], provider: null } },
};

describe('the jobspec of a service that is made again', () => {
  let deps: UseCaseDeps;

  beforeEach(async () => {
    const world = backupWorld({ sharedJob: false });
    for (const { ID } of world.nomad.allocs.all.values()) world.nomad.allocs.end(ID);
    world.nomad.cluster.nodeDetails.set('node-1', {
      ...{ ID: 'node-1', Name: 'one', Status: 'ready', SchedulingEligibility: 'eligible' },
      Attributes: { 'plugins.host_volume.mkdir.version': '1' },
      Drivers: { exec: { Detected: true, Healthy: true } },
      NodeResources: { Cpu: { CpuShares: 8000 }, Memory: { MemoryMB: 16_000 } },
      ReservedResources: {},
      HostVolumes: {},
    });
    const inventory = parseInventory(
      'version: 1\ndefaults: { driver: exec }\nservices:\n  speedtest: { app: speedtest-tracker, jobspec: a.hcl }\n',
      'dbctl.yaml',
    );
    const nomad = { ...world.deps.nomad, parseJob: async ({ Source }: { Source: string }) => job(Source) };
    deps = { ...world.deps, inventory, nomad, hcl: loadHcl };
    await deps.files.write('/home/a.hcl', TEXT);
  });

  const prepared = async () => {
    const request = {
      ...{ service: 'speedtest', app: null, image: null, jobspec: null, databases: [], role: null, priority: null },
      ...{ extensions: [], shared: false, restartShared: false },
    };
    const { inventory } = await asWritten(deps);
    const enrolled = await enrol({ ...deps, inventory }, request);
    const { plan, artifacts } = await prepareProvision(enrolled, request, null, LIKE);
    expect(plan.findings.filter(({ level }) => level === 'blocked')).toEqual([]);
    return { plan, text: artifacts?.after.Source ?? '' };
  };

  it('gets the database where it had none, and is the same byte for byte where it had this one', async () => {
    const first = await prepared();
    expect(first.plan).toMatchObject({ kind: 'splice', target: { port: 5433, role: 'speedtest' } });
    expect(unsplice(await loadHcl(), first.text)).toBe(TEXT);
    await deps.files.write('/home/a.hcl', first.text);
    const again = await prepared();
    expect(again.text).toBe(first.text);
  });

  it('keeps the port that it had, whatever is free by now', async () => {
    const inventory = parseInventory(
      'version: 1\ndefaults: { driver: exec }\nservices:\n  speedtest: { app: speedtest-tracker, jobspec: a.hcl, port: 5439 }\n',
      'dbctl.yaml',
    );
    const plain = deps.inventory;
    deps = { ...deps, inventory };
    const { text } = await prepared();
    expect(text).toContain('5439');
    deps = { ...deps, inventory: plain };
    await deps.files.write('/home/a.hcl', text);
    const again = await prepared();
    expect(again.plan.target.port).toBe(5439);
    expect(again.text).toBe(text);
  });
});
