import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DbctlError } from '../src/errors/dbctl-error.js';
import type { Say } from './handle.js';
import { cacheRoot, labFile } from './locate.js';
import { commandExists, runCommand, tryCommand } from './run-command.js';

interface Tool {
  readonly name: string;
  readonly version: string;
  readonly module: string;
  readonly flags: readonly string[];
  readonly minutes: number;
}

export const TOOLS = {
  nomad: { name: 'nomad', version: '1.11.1', module: 'github.com/hashicorp/nomad', flags: [], minutes: 4 },
  vault: {
    name: 'vault',
    version: '1.21.2',
    module: 'github.com/hashicorp/vault',
    flags: ['-tags', 'minimal'],
    minutes: 5,
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/** Dynamic host volumes came with Nomad 1.10; Vault's workload identity works from 1.15 on. */
const OLDEST: Readonly<Record<ToolName, readonly [major: number, minor: number]>> = { nomad: [1, 10], vault: [1, 15] };

/** Does `<tool> version` name a version that is not too old? */
export function isUsable(name: ToolName, output: string): boolean {
  const [, major = '0', minor = '0'] = /\bv(\d+)\.(\d+)\.\d+/.exec(output) ?? [];
  const [oldMajor, oldMinor] = OLDEST[name];
  return Number(major) > oldMajor || (Number(major) === oldMajor && Number(minor) >= oldMinor);
}

async function works(name: ToolName, path: string): Promise<boolean> {
  const result = await tryCommand([path, 'version'], { env: agentEnv('/') }).catch(() => undefined);
  return result?.code === 0 && isUsable(name, result.stdout);
}

const PLAIN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * What the lab's agents are started with, and no more: tasks inherit Nomad's environment, AWS_CA_BUNDLE would stop its
 * agent at start, and VAULT_* and NOMAD_* belong to the user's own cluster.
 */
export const agentEnv = (home: string): NodeJS.ProcessEnv => ({ PATH: PLAIN_PATH, HOME: home, LANG: 'C.UTF-8' });

/** From a copy of the two module files, so that the checkout stays clean; the sums are pinned and read-only. */
async function buildInto(tool: Tool, goal: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), `dbctl-build-${tool.name}-`));
  try {
    for (const file of ['go.mod', 'go.sum']) await copyFile(labFile('tools', tool.name, file), join(work, file));
    const built = join(work, tool.name);
    const argv = ['go', 'build', '-mod=readonly', ...tool.flags, '-o', built, tool.module];
    await runCommand(argv, { cwd: work, env: { ...process.env, GOFLAGS: '-buildvcs=false', GOWORK: 'off' } });
    await copyFile(built, `${goal}.${process.pid}.tmp`);
    await rename(`${goal}.${process.pid}.tmp`, goal);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Builds the pinned version into the cache and returns its path. Minutes when Go's own cache is cold. */
export async function buildTool(name: ToolName, cache: string, say: Say): Promise<string> {
  const tool: Tool = TOOLS[name];
  const goal = join(cache, `${tool.name}-${tool.version}`);
  if (!(await commandExists('go'))) {
    throw new DbctlError('LAB_PREREQUISITE', `${name} is not on PATH and there is no Go to build it`, {
      next: `install ${name} ${tool.version}, or Go 1.25 or newer`,
    });
  }
  say(`building ${name} ${tool.version} from its Go module, once; about ${tool.minutes} minutes on two cores`);
  await mkdir(cache, { recursive: true });
  await buildInto(tool, goal);
  return goal;
}

/** PATH, then the per-user cache, then a build. */
export async function findTool(name: ToolName, say: Say): Promise<string> {
  const onPath = (await tryCommand(['sh', '-c', 'command -v "$1"', 'sh', name])).stdout.trim();
  if (onPath !== '' && (await works(name, onPath))) return onPath;
  const cache = join(cacheRoot(), 'bin');
  const cached = join(cache, `${name}-${TOOLS[name].version}`);
  if (await works(name, cached)) return cached;
  return buildTool(name, cache, say);
}
