import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { agentEnv } from './binaries.js';
import { allocBridgeName, allocSubnet, bridgeName } from './bridge.js';
import type { LabPorts } from './ports.js';
import { cniPath } from './prerequisites.js';
import { startDaemon } from './processes.js';

export interface AgentSpec {
  readonly name: string;
  readonly dir: string;
  readonly number: number;
  readonly ports: LabPorts;
  readonly cgroup: string;
  /** Folders of further static host volumes, by name; tasks only read them. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Set where the lab's tasks are containers. */
  readonly docker?: { readonly socket: string; readonly pauseImage: string };
  /** Where Consul answers, in a lab that has one. */
  readonly consul?: string;
  /** The ACL system on, with tokens that may be short-lived. */
  readonly acl?: boolean;
}

const DYNAMIC_FIRST = 20_000;
const DYNAMIC_COUNT = 200;
const DYNAMIC_BLOCKS = 55;

/** Two agents on one machine do not know of each other, so each lab gets a dynamic range of its own. */
export function dynamicPorts(number: number): { readonly min: number; readonly max: number } {
  const min = DYNAMIC_FIRST + (number % DYNAMIC_BLOCKS) * DYNAMIC_COUNT;
  return { min, max: min + DYNAMIC_COUNT - 1 };
}

/** Under cgroup v2 systemd owns the tree and wants a slice; under v1 any folder below each controller will do. */
export function cgroupName(number: number, unified = existsSync('/sys/fs/cgroup/cgroup.controllers')): string {
  return unified ? `dbctl-lab-${number}.slice` : `/dbctl-lab-${number}`;
}

export const nomadConfigPath = (dir: string): string => join(dir, 'nomad.json');
export const nomadLogPath = (dir: string): string => join(dir, 'nomad.log');
export const rootfsPath = (dir: string): string => join(dir, 'rootfs');
export const volumesPath = (dir: string): string => join(dir, 'volumes');
export const staticVolumePath = (dir: string): string => join(dir, 'static', 'speedtest_postgres_data');

function clientConfig(
  { dir, number, cgroup, consul, folders = {} }: AgentSpec,
  cni: string | undefined,
): Record<string, unknown> {
  const dynamic = dynamicPorts(number);
  const readOnly = Object.entries(folders).map(([name, path]) => [name, { path, read_only: true }] as const);
  return {
    network_interface: bridgeName(number),
    bridge_network_name: allocBridgeName(number),
    bridge_network_subnet: allocSubnet(number),
    ...(cni === undefined ? {} : { cni_path: cni }),
    cgroup_parent: cgroup,
    host_volumes_dir: volumesPath(dir),
    max_kill_timeout: '90s',
    min_dynamic_port: dynamic.min,
    max_dynamic_port: dynamic.max,
    chroot_env: { [rootfsPath(dir)]: '/' },
    host_volume: {
      static_speedtest_postgres_data: { path: staticVolumePath(dir), read_only: false },
      ...Object.fromEntries(readOnly),
    },
    options: {
      'fingerprint.denylist': `env_aws,env_gce,env_azure,env_digitalocean${consul === undefined ? ',consul' : ''}`,
      'driver.allowlist': 'exec,raw_exec,docker',
    },
  };
}

/**
 * Nothing of the images or of containers it does not know is Nomad's to remove here: no registry could give an image
 * back, and another agent may use the same daemon (hashicorp/nomad#7792).
 */
function dockerPlugin({ docker }: AgentSpec): Record<string, unknown> {
  if (docker === undefined) return {};
  const gc = { image: false, dangling_containers: { enabled: false } };
  const config = {
    endpoint: `unix://${docker.socket}`,
    volumes: { enabled: true },
    allow_privileged: false,
    infra_image: docker.pauseImage,
    gc,
  };
  return { docker: { config } };
}

/** Laid over what `-dev` says: above all what two labs, or a lab and the user's own agent, must not share. */
export function nomadConfig(spec: AgentSpec, cni: string | undefined): Record<string, unknown> {
  const { name, dir, ports } = spec;
  return {
    name: `lab-${name}`,
    datacenter: 'dc1',
    data_dir: join(dir, 'nomad'),
    bind_addr: '127.0.0.1',
    advertise: { http: '127.0.0.1', rpc: '127.0.0.1', serf: '127.0.0.1' },
    log_level: 'INFO',
    disable_update_check: true,
    ports: { http: ports.nomadHttp, rpc: ports.nomadRpc, serf: ports.nomadSerf },
    consul: {
      ...(spec.consul === undefined ? {} : { address: spec.consul }),
      ...{ client_auto_join: false, server_auto_join: false, auto_advertise: false },
    },
    client: clientConfig(spec, cni),
    ...(spec.acl === true ? { acl: { enabled: true, token_min_expiration_ttl: '1s' } } : {}),
    plugin: { raw_exec: { config: { enabled: true } }, ...dockerPlugin(spec) },
    vault: {
      enabled: true,
      address: `http://127.0.0.1:${ports.vault}`,
      jwt_auth_backend_path: 'jwt-nomad',
      default_identity: { aud: ['vault.io'], ttl: '1h' },
    },
  };
}

/**
 * Starts server and client as one detached process; returns its pid at once. Dev mode is for its pace: its client tells
 * the server of a new volume after 1 second, not 5 to 10, and one that registers before the server has its keyring is
 * back after 1 second, not 15 to 30 (Nomad 1.11.1). It cannot be restarted: it forgets its jobs (docs/adr/0004).
 */
export async function startNomad(binary: string, spec: AgentSpec): Promise<number> {
  const { dir } = spec;
  await mkdir(volumesPath(dir), { recursive: true });
  await writeFile(nomadConfigPath(dir), `${JSON.stringify(nomadConfig(spec, cniPath()), null, 2)}\n`);
  const argv = [binary, 'agent', '-dev', `-config=${nomadConfigPath(dir)}`];
  return startDaemon({ argv, env: agentEnv(dir), log: nomadLogPath(dir), cwd: dir });
}
