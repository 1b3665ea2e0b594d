import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapAcl, managementTokenPath } from '../../lab/acl.js';
import { openApi } from '../../lab/http.js';
import { nomadAdapter } from '../../src/adapters/nomad/index.js';
import type { Allocation, NomadPort } from '../../src/ports/nomad.js';
import { Secret } from '../../src/shared/secret.js';
import { chrootEnv } from './chroot-env.js';
import { eventually, freePorts, type ServerProcess, spawnServer } from './server-process.js';
import { toolBinary } from './tool-binary.js';

export interface TestNomad {
  readonly address: string;
  readonly dir: string;
  readonly server: ServerProcess;
  readonly port: NomadPort;
  /** Registers HCL and waits until every task of it runs. */
  run(hcl: string): Promise<Allocation>;
  stop(): Promise<void>;
}

export interface TestNomadOptions {
  /** Further HCL for the agent's configuration. */
  readonly config?: string;
  /** With its ACL system on: a token has its own rights alone, `port` brings none and may do all but manage tokens. */
  readonly acl?: boolean;
}

/** A dev agent of its own: free loopback ports, own data folder, raw_exec and exec drivers. */
export async function startNomad(options: TestNomadOptions = {}): Promise<TestNomad> {
  const dir = mkdtempSync(join(tmpdir(), 'dbctl-nomad-'));
  execFileSync('chmod', ['0711', dir]);
  // Nomad makes its data folder 0700, which keeps tasks of other users out of their own folders.
  mkdirSync(join(dir, 'data'), { mode: 0o711 });
  const [http = 0, rpc = 0, serf = 0] = await freePorts(3);
  writeFileSync(join(dir, 'agent.hcl'), agentConfig(dir, { http, rpc, serf }, moreConfig(options)));
  const { AWS_CA_BUNDLE: _stopsTheAgent, ...env } = process.env;
  const server = spawnServer(
    toolBinary('nomad'),
    ['agent', '-dev', '-config', join(dir, 'agent.hcl')],
    join(dir, 'agent.log'),
    env,
  );
  const address = `http://127.0.0.1:${http}`;
  const port = nomadAdapter({ address });
  const nomad: TestNomad = {
    address,
    dir,
    server,
    port,
    run: (hcl) => runJob(port, hcl),
    stop: () => stopNomad(port, server, dir),
  };
  if (options.acl === true)
    await eventually('acl bootstrap', async () => (await bootstrapAcl(address, openApi(address), dir)) || undefined);
  await eventually('nomad agent', async () => {
    const [node] = await port.nodes();
    return node?.Status === 'ready' ? node : undefined;
  });
  return nomad;
}

const moreConfig = ({ config = '', acl = false }: TestNomadOptions): string =>
  acl ? `${config}\nacl {\n  enabled = true\n}\n` : config;

/** A token with the rights of that policy alone, of a Nomad with its ACL system on. */
export async function tokenWith({ address, dir }: TestNomad, Rules: string): Promise<Secret> {
  const post = async <T>(path: string, body: object): Promise<T> => {
    const headers = { 'X-Nomad-Token': readFileSync(managementTokenPath(dir), 'utf8') };
    const answer = await fetch(`${address}/v1/acl/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  };
  await post('policy/only', { Name: 'only', Rules });
  return new Secret((await post<{ SecretID: string }>('token', { Type: 'client', Policies: ['only'] })).SecretID);
}

function agentConfig(dir: string, ports: { http: number; rpc: number; serf: number }, more: string): string {
  const chroot = Object.entries(chrootEnv()).map(([from, to]) => `    ${JSON.stringify(from)} = ${JSON.stringify(to)}`);
  return `
data_dir  = ${JSON.stringify(join(dir, 'data'))}
bind_addr = "127.0.0.1"
log_level = "DEBUG"
ports {
  http = ${ports.http}
  rpc  = ${ports.rpc}
  serf = ${ports.serf}
}
client {
  network_interface = "lo"
  options {
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,env_digitalocean"
  }
  chroot_env {
${chroot.join('\n')}
  }
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
${more}
`;
}

async function runJob(port: NomadPort, hcl: string): Promise<Allocation> {
  const job = await port.parseJob({ Source: hcl, Format: 'hcl2' });
  const current = await port.job(job.ID);
  await port.registerJob(job, { enforceIndex: current?.JobModifyIndex ?? 0 });
  const seen: { last?: Allocation | undefined } = {};
  return eventually(`job ${job.ID}`, async () => {
    const allocations = await port.allocations(job.ID);
    seen.last = allocations.at(-1);
    return allocations.find(
      (alloc) => alloc.DesiredStatus === 'run' && alloc.ClientStatus === 'running' && allTasksRun(alloc),
    );
  }).catch((error: unknown) => {
    throw new Error(`${String(error)} ${JSON.stringify(eventsOf(seen.last), null, 1)}`);
  });
}

const eventsOf = (alloc: Allocation | undefined): unknown =>
  Object.values(alloc?.TaskStates ?? {}).map((state) => state.Events.map((event) => event.DisplayMessage));

const allTasksRun = (alloc: Allocation): boolean =>
  Object.values(alloc.TaskStates ?? {}).every((state) => state.State === 'running');

async function stopNomad(port: NomadPort, server: ServerProcess, dir: string): Promise<void> {
  const jobs = await port.listJobs().catch(() => []);
  for (const { ID } of jobs) await port.purgeJob(ID).catch(() => undefined);
  await eventually('tasks gone', async () => (mountsUnder(dir).length === 0 ? true : undefined), 8_000).catch(
    () => undefined,
  );
  await server.stop();
  for (const mount of mountsUnder(dir)) execFileSync('umount', ['-l', mount]);
  rmSync(dir, { recursive: true, force: true });
}

const mountsUnder = (dir: string): string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${dir}/`))
    .reverse();

/** HCL of a job with one idle task, which writes `hello` to its log. */
export const idleJob = (
  id: string,
  options: { driver?: 'raw_exec' | 'exec'; user?: string; env?: Record<string, string> } = {},
): string => `
job ${JSON.stringify(id)} {
  type = "service"
  group "main" {
    restart {
      attempts = 3
      delay    = "1s"
    }
    task "idle" {
      driver       = ${JSON.stringify(options.driver ?? 'raw_exec')}
      kill_timeout = "1s"
      ${options.user ? `user = ${JSON.stringify(options.user)}` : ''}
      config {
        command = "/bin/sh"
        args    = ["-c", "echo hello; while :; do sleep 0.2; done"]
      }
      env {
${Object.entries(options.env ?? {})
  .map(([key, value]) => `        ${key} = ${JSON.stringify(value)}`)
  .join('\n')}
      }
      resources {
        cpu    = 50
        memory = 64
      }
    }
  }
}
`;
