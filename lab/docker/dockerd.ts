import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import { agentEnv } from '../binaries.js';
import { containerBridgeName, containerGateway } from '../bridge.js';
import { startDaemon, waitForDaemon } from '../processes.js';
import { runCommand } from '../run-command.js';
import { EngineApi } from './engine-api.js';

export interface DockerdSpec {
  readonly dir: string;
  readonly number: number;
  readonly cgroup: string;
}

export const dockerPath = (dir: string): string => join(dir, 'docker');
export const dockerSocket = (dir: string): string => join(dir, 'docker', 'docker.sock');
const execRoot = (dir: string): string => join(dir, 'docker', 'run');

/** The longest socket that dockerd and its containerd make below a lab's folder; the kernel takes 107 bytes. */
function checkRoom(dir: string): void {
  const longest = join(execRoot(dir), 'containerd', 'containerd-debug.sock.ttrpc');
  if (Buffer.byteLength(longest) <= 107) return;
  throw new DbctlError('LAB_PREREQUISITE', 'the path of a Docker socket would be longer than 107 bytes', {
    value: longest,
    next: 'give the lab a shorter name, or set DBCTL_LAB_ROOT to a shorter folder',
  });
}

/** Everything below the lab's folder, no firewall rule, and a bridge of the lab's own for tasks without a network mode. */
export function dockerdArgv({ dir, number, cgroup }: DockerdSpec): string[] {
  return [
    'dockerd',
    `--data-root=${join(dockerPath(dir), 'data')}`,
    `--exec-root=${execRoot(dir)}`,
    `--pidfile=${join(dockerPath(dir), 'dockerd.pid')}`,
    `--host=unix://${dockerSocket(dir)}`,
    `--bridge=${containerBridgeName(number)}`,
    '--iptables=false',
    '--ip6tables=false',
    '--ip-masq=false',
    '--ip-forward=false',
    `--cgroup-parent=${cgroup}`,
    '--log-level=warn',
  ];
}

async function makeBridge(number: number): Promise<void> {
  const bridge = containerBridgeName(number);
  await runCommand(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await runCommand(['ip', 'addr', 'add', `${containerGateway(number)}/24`, 'dev', bridge]);
  await runCommand(['ip', 'link', 'set', bridge, 'up']);
}

/** Starts a daemon of the lab's own; `started` is awaited before its first answer. Throws LAB_PREREQUISITE. */
export async function startDockerd(
  spec: DockerdSpec,
  started: (pid: number) => Promise<void>,
  signal: AbortSignal,
): Promise<EngineApi> {
  checkRoom(spec.dir);
  await mkdir(dockerPath(spec.dir), { recursive: true, mode: 0o711 });
  await makeBridge(spec.number);
  const log = join(spec.dir, 'dockerd.log');
  const pid = startDaemon({ argv: dockerdArgv(spec), env: agentEnv(spec.dir), log, cwd: spec.dir });
  await started(pid);
  const engine = new EngineApi(dockerSocket(spec.dir));
  const daemon = { name: 'dockerd', pid, path: dockerSocket(spec.dir), log };
  await waitForDaemon(daemon, () => engine.answers(), 60_000, signal);
  return engine;
}
