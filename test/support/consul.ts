import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConsulConfig, consulAdapter } from '../../src/adapters/consul.js';
import type { ConsulPort } from '../../src/ports/consul.js';
import type { Registration } from '../fakes/fake-consul.js';
import { eventually, freePorts, spawnServer } from './server-process.js';
import { toolBinary } from './tool-binary.js';

export interface TestConsul {
  readonly address: string;
  readonly port: ConsulPort;
  with(config: Omit<ConsulConfig, 'address'>): ConsulPort;
  /** As a Nomad client would do it. */
  register(entry: Registration): Promise<void>;
  stop(): Promise<void>;
}

const STATUS = { success: 'passing', pending: 'warning', failure: 'critical' } as const;

/** A dev agent of its own on free loopback ports, its ACL system on but open: only unknown tokens are refused. */
export async function startConsul(): Promise<TestConsul> {
  const dir = mkdtempSync(join(tmpdir(), 'dbctl-consul-'));
  const [http = 0, server = 0, serf = 0] = await freePorts(3);
  const ports = { http, server, serf_lan: serf, serf_wan: -1, grpc: -1, dns: -1 };
  const config = JSON.stringify({ ports, acl: { enabled: true, default_policy: 'allow' }, disable_update_check: true });
  const argv = ['agent', '-dev', '-bind=127.0.0.1', `-hcl=${config}`];
  const child = spawnServer(toolBinary('consul'), argv, join(dir, 'consul.log'), { PATH: '/usr/bin:/bin', HOME: dir });
  const address = `http://127.0.0.1:${http}`;
  const port = consulAdapter({ address, timeoutMs: 2_000 });
  await eventually('consul', async () => {
    const leader = await fetch(`${address}/v1/status/leader`).then((answer) => answer.text());
    await port.service('never-there');
    return leader.length > 2;
  });
  return {
    address,
    port,
    with: (more) => consulAdapter({ address, ...more }),
    register: (entry) => register(address, entry),
    stop: async () => {
      await child.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function register(address: string, { service, allocId, port, checks, ...entry }: Registration): Promise<void> {
  const id = allocId === null ? `${service}-1` : `_nomad-task-${allocId}-group-g-${service}-http`;
  const body = {
    ...{ ID: id, Name: service, Address: entry.address, Port: port },
    Checks: checks.map(({ check, status }) => ({ Name: check, TTL: '10m', Status: STATUS[status] })),
  };
  const response = await fetch(`${address}/v1/agent/service/register`, { method: 'PUT', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`register: ${response.status} ${await response.text()}`);
}
