import { describe, expect, it } from 'vitest';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { parseInventory } from '../../src/inventory/parse.js';
import type { SourceFacts } from '../../src/plan/facts.js';
import { sharedBackup } from '../../src/plan/shared-backup.js';
import { NO_SOURCE } from '../../src/plan/target.js';
import type { NomadJob } from '../../src/ports/nomad.js';
import { deployShared } from '../../src/usecases/deploy-shared.js';
import type { UseCaseDeps } from '../../src/usecases/deps.js';
import { requireDocument } from '../support/json-documents.js';
import { type BackupWorld, backupWorld } from './backup-world.js';

const JOB = 'dbctl-backup-postgresql';
const FILE = `/home/${JOB}.nomad.hcl`;

const SHARED: NomadJob = {
  ID: 'postgresql',
  Datacenters: ['dc1'],
  TaskGroups: [{ Name: 'g', Tasks: [{ Name: 'postgres', Driver: 'exec', Env: { POSTGRES_USER: 'admin' } }] }],
};
const PARSED: NomadJob = { ID: JOB, TaskGroups: [{ Name: 'backup', Tasks: [{ Name: 'db-backup', Driver: 'exec' }] }] };

/** A shared server that answers, and a Nomad that parses whatever is rendered. */
async function world(): Promise<BackupWorld & { readonly deps: UseCaseDeps }> {
  const made = backupWorld({ sharedJob: false });
  await made.nomad.port.registerJob(SHARED, { enforceIndex: 0 });
  made.nomad.cluster.services.push({
    ...{ ServiceName: 'postgresql', Address: '10.88.0.1', Port: 5432 },
    ...{ AllocID: 'a', JobID: 'postgresql', NodeID: 'node-1' },
  });
  made.nomad.port.parseJob = async () => structuredClone(PARSED);
  const onScript = made.nomad.allocs.onExec;
  made.nomad.allocs.onExec = (request) => {
    if (!request.argv.some((word) => word.includes('id -u postgres'))) return onScript(request);
    return { kind: 'exited', code: 0, stdout: '70\n70\ndbctl-answer-end\n', stderr: '' };
  };
  const sql = { run: async () => [DATABASE] };
  return { ...made, deps: { ...made.deps, sql } };
}

const DATABASE = {
  ...{ datname: 'gitea', oid: 1, owner: 'gitea', allowConn: true, encoding: 'UTF8', collate: 'C', ctype: 'C' },
  ...{
    provider: 'c',
    locale: null,
    sizeBytes: 1,
    serverVersion: 150018,
    systemIdentifier: '7312',

    collversion: null,
    collactual: null,
  },
};

const agreed = async (): Promise<void> => undefined;

describe('the job of the shared instance', () => {
  it('is decided from the services, the server and where the backup volume is', () => {
    const inventory = parseInventory(
      'version: 1\ndefaults: { driver: exec }\nservices:\n  gitea: { app: db-parts, jobspec: a.hcl }\n',
      'dbctl.yaml',
    );
    const source: SourceFacts = { ...NO_SOURCE, nodeId: 'one', address: '10.0.0.1', port: 5432, serverVersion: 150018 };
    const volumes = [{ id: 'v', name: 'db-backups', nodeId: 'two', state: 'ready' }];
    const facts = { source, job: SHARED, volumes, registered: true, programs: '0123456789ab' };
    const job = sharedBackup(inventory, facts, JOB);
    expect(job).toMatchObject({ nodeId: 'two', driver: 'exec', major: 15, datacenters: ['dc1'] });
    expect(job.server).toMatchObject({ user: 'admin', registered: { with: 'nomad', service: 'postgresql' } });
    expect(job.settings).toMatchObject({ SHARED: '1', SERVICE_DIR: '/backups/postgresql', PROGRAMS: '0123456789ab' });
    const there = [...volumes, { id: 'w', name: 'db-backups', nodeId: 'one', state: 'ready' }];
    expect(sharedBackup(inventory, { ...facts, volumes: there }, JOB).nodeId).toBe('one');
    expect(sharedBackup(inventory, { ...facts, volumes: [] }, JOB).nodeId).toBe('one');
    expect(() => sharedBackup({ ...inventory, services: [] }, facts, JOB)).toThrow(/no service/);
  });

  it('is registered, its volume made, its programs put and its jobspec written beside the others', async () => {
    const { deps, nomad, scripts } = await world();
    const report = await deployShared(deps, { confirm: agreed });
    expect(report).toMatchObject({ status: 'deployed', job: JOB, jobspec: FILE, node: 'node-1', made: ['db-backups'] });
    expect(nomad.jobs.jobs.get(JOB)?.sources.get(0)?.Source).toBe(await deps.files.read(FILE));
    expect(scripts.some(({ args }) => args[1] === '/backups/postgresql/programs')).toBe(true);
    requireDocument(JSON.parse(JSON.stringify(report)));
    const again = await deployShared(deps, { confirm: () => Promise.reject(new Error('nothing to ask')) });
    expect(again).toMatchObject({ status: 'unchanged', made: [] });
    expect(nomad.jobs.jobs.get(JOB)?.versions).toHaveLength(1);
  });

  it('copies elsewhere as the defaults say, whatever a service says for itself', () => {
    const tool = `{ url: "https://tools.example/rclone", sha256: "${'0'.repeat(64)}" }`;
    const text = (offsite: string, own: string): string =>
      `version: 1\ndefaults: { driver: exec, backup: { offsite: [${offsite}], tools: { rclone: ${tool} } } }\nservices:\n  gitea: { app: db-parts, jobspec: a.hcl${own} }\n`;
    const own = ', backup: { offsite: [{ name: own, url: "s3://own/x" }] }';
    const facts = { source: { ...NO_SOURCE, nodeId: 'one', serverVersion: 150018 }, job: SHARED, volumes: [] };
    const decided = (inventory: string) =>
      sharedBackup(parseInventory(inventory, 'dbctl.yaml'), { ...facts, registered: true, programs: '0' }, JOB);
    const names = (inventory: string): string[] => decided(inventory).elsewhere.offsite.map(({ name }) => name);
    expect(names(text('{ name: all, url: "s3://all/x" }', own))).toEqual(['all']);
    expect(names(text('', own))).toEqual([]);
  });

  it('is not touched before somebody agrees, nor over an edited file', async () => {
    const { deps, nomad } = await world();
    const declined = new DbctlError('CONFIRMATION_DECLINED', 'no');
    await expect(deployShared(deps, { confirm: () => Promise.reject(declined) })).rejects.toBe(declined);
    expect([...nomad.cluster.volumes.keys()]).toEqual([]);
    await deps.files.write(FILE, '# mine\n');
    await expect(deployShared(deps, { confirm: agreed })).rejects.toMatchObject({ code: 'JOBSPEC_EXISTS' });
    expect(nomad.jobs.jobs.has(JOB)).toBe(false);
  });
});
