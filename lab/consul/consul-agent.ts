import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentEnv } from '../binaries.js';
import { hostAddress } from '../bridge.js';
import type { LabPorts } from '../ports.js';
import { startDaemon } from '../processes.js';

export const consulConfigPath = (dir: string): string => join(dir, 'consul.json');
export const consulLogPath = (dir: string): string => join(dir, 'consul.log');
export const consulAddress = (ports: LabPorts): string => `127.0.0.1:${ports.consul}`;

/**
 * Names are served on the lab's own address only, at the one port that a resolver asks. Server and gossip
 * ports follow that of HTTP.
 */
export function consulConfig(name: string, number: number, ports: LabPorts): Record<string, unknown> {
  const address = hostAddress(number);
  return {
    node_name: `lab-${name}`,
    datacenter: 'dc1',
    bind_addr: address,
    client_addr: '127.0.0.1',
    addresses: { dns: address },
    ports: {
      http: ports.consul,
      dns: 53,
      server: ports.consul + 1,
      serf_lan: ports.consul + 2,
      serf_wan: -1,
      grpc: -1,
    },
    disable_update_check: true,
    log_level: 'INFO',
  };
}

export interface ConsulSpec {
  readonly name: string;
  readonly dir: string;
  readonly number: number;
  readonly ports: LabPorts;
}

/** Server and agent in one, everything in memory; returns its pid at once. */
export async function startConsul(binary: string, { name, dir, number, ports }: ConsulSpec): Promise<number> {
  await writeFile(consulConfigPath(dir), `${JSON.stringify(consulConfig(name, number, ports), null, 2)}\n`);
  const argv = [binary, 'agent', '-dev', `-config-file=${consulConfigPath(dir)}`];
  return startDaemon({ argv, env: agentEnv(dir), log: consulLogPath(dir), cwd: dir });
}
