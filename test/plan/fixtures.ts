import { parseInventory } from '../../src/inventory/parse.js';
import type { Inventory, InventoryService } from '../../src/inventory/types.js';
import type { AppEnvironment, DatabaseFacts, NodeFacts, ServiceFacts, SourceFacts } from '../../src/plan/facts.js';
import type { NomadJob, NomadTask, NomadTaskGroup } from '../../src/ports/nomad.js';

export const INVENTORY_TEXT = `version: 1
defaults:
  driver: docker
services:
  freshrss:  { priority: medium, jobspec: jobs/src/freshrss.nomad.hcl }
  speedtest: { priority: high, job: speedtest-tracker, jobspec: jobs/src/speedtest.nomad.hcl }
`;

export const inventory = (text: string = INVENTORY_TEXT): Inventory => parseInventory(text, 'dbctl.yaml');

export const service = (name = 'speedtest', text: string = INVENTORY_TEXT): InventoryService => {
  const found = inventory(text).services.find((item) => item.name === name);
  if (found === undefined) throw new Error(`no service ${name} in the fixture`);
  return found;
};

export const task = (name: string, more: Partial<NomadTask> = {}): NomadTask => ({
  Name: name,
  Driver: 'docker',
  Config: { image: 'lscr.io/linuxserver/speedtest-tracker:1.6', network_mode: 'host' },
  Env: {
    DB_CONNECTION: 'pgsql',
    DB_HOST: 'postgresql.service',
    DB_PORT: '5432',
    DB_DATABASE: 'speedtest',
    DB_USERNAME: 'speedtest',
  },
  Resources: { CPU: 100, MemoryMB: 300 },
  ...more,
});

export const group = (more: Partial<NomadTaskGroup> = {}): NomadTaskGroup => ({
  Name: 'speedtest',
  Count: 1,
  Tasks: [task('app')],
  Networks: [{ Mode: 'host' }],
  ...more,
});

export const job = (more: Partial<NomadJob> = {}): NomadJob => ({
  ID: 'speedtest-tracker',
  Type: 'service',
  Status: 'running',
  JobModifyIndex: 421,
  TaskGroups: [group()],
  ...more,
});

export const node: NodeFacts = {
  id: 'aaaa1111-0000-0000-0000-000000000001',
  name: 'node-1',
  eligible: true,
  nomadVersion: '1.11.1',
  drivers: ['docker', 'exec', 'raw_exec'],
  volumePlugins: ['mkdir'],
  hostVolumes: [],
  free: { cpu: 3000, memory: 4096 },
  maxKillTimeoutSeconds: 90,
};

export const database = (more: Partial<DatabaseFacts> = {}): DatabaseFacts => ({
  name: 'speedtest',
  oid: 16_400,
  owner: 'speedtest',
  encoding: 'UTF8',
  collate: 'en_US.utf8',
  ctype: 'en_US.utf8',
  sizeBytes: 18_500_000,
  tables: 14,
  role: { name: 'speedtest', superuser: false, verifier: 'scram-sha-256', exclusive: true },
  preflight: {
    preparedTransactions: [],
    replicationSlots: [],
    subscriptions: [],
    publications: [],
    extensions: ['plpgsql'],
    foreignServers: [],
    tablespaces: [],
    eventTriggers: [],
    invalidIndexes: [],
    rowSecurityTables: [],
    nonDeterministicCollations: [],
    notValidated: [],
    emptyMatviews: [],
    oidColumns: [],
    exclusiveLocks: [],
    unloggedTables: 0,
    largeObjects: 0,
    freeConnections: 80,
  },
  ...more,
});

export const source = (more: Partial<SourceFacts> = {}): SourceFacts => ({
  allocId: 'bbbb2222-0000-0000-0000-000000000002',
  nodeId: node.id,
  nodeName: node.name,
  address: '10.0.0.5',
  port: 5432,
  serverVersion: 160_014,
  systemIdentifier: '7400000000000000001',
  databases: ['freshrss', 'gitea', 'postgres', 'speedtest'],
  closedDatabases: [],
  roleSessionsIn: ['speedtest'],
  sessions: [{ role: 'speedtest', application: '', address: '10.0.0.5', count: 3 }],
  moving: [database()],
  driver: 'docker',
  image: 'postgres:16-alpine',
  owner: { uid: 70, gid: 70 },
  ...more,
});

export const environment = (more: Partial<AppEnvironment> = {}): AppEnvironment => ({
  group: 'speedtest',
  task: 'app',
  preset: 'speedtest-tracker',
  host: '10.0.0.5',
  port: 5432,
  databases: ['speedtest'],
  role: 'speedtest',
  unreadable: null,
  ...more,
});

export const facts = (more: Partial<ServiceFacts> = {}): ServiceFacts => ({
  service: 'speedtest',
  job: job(),
  ownJob: null,
  file: { path: 'jobs/src/speedtest.nomad.hcl', job: job() },
  submissionMatches: true,
  allocations: [
    {
      id: 'cccc3333-0000-0000-0000-000000000003',
      group: 'speedtest',
      nodeId: node.id,
      nodeName: node.name,
      jobVersion: 3,
      address: '10.0.0.5',
      clientStatus: 'running',
      pendingTasks: [],
    },
  ],
  node,
  ports: [{ port: 5432, node: 'node-1', owner: 'job postgresql (port pg)' }],
  listening: [],
  disk: { freeBytes: 20_000_000_000, unreadable: null },
  ownVolume: null,
  sharedWith: [],
  volumes: [],
  csiVolumes: [],
  app: [environment()],
  source: source(),
  vault: { secret: { version: 3, keys: ['password'] }, fits: true, flaw: null },
  dependents: [],
  finalJob: {
    settings: [
      { task: 'app', place: 'env', key: 'DB_HOST', from: 'postgresql.service', to: '127.0.0.1' },
      { task: 'app', place: 'env', key: 'DB_PORT', from: '5432', to: '5433' },
    ],
    plan: { failures: [], warnings: '', summary: ['speedtest: 1 create/destroy update'] },
  },
  ...more,
});
