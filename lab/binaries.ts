import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
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
  /** What its binary asks a C compiler for is not needed: it becomes static. */
  readonly pure?: boolean;
  /** Below lab/tools, where it is not its name. */
  readonly folder?: string;
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
  gitea: {
    name: 'gitea',
    version: '1.26.0',
    module: 'code.gitea.io/gitea',
    flags: ['-ldflags', '-s -w -X main.Version=1.26.0'],
    minutes: 4,
    pure: true,
  },
  rclone: {
    name: 'rclone',
    version: '1.75.1',
    // lab/tools/rclone/main.go: the backends and commands that are used here.
    module: '.',
    flags: ['-trimpath', '-tags', 'noselfupdate', '-ldflags', '-s -w'],
    minutes: 2,
    pure: true,
  },
  age: {
    name: 'age',
    version: '1.3.2',
    module: 'filippo.io/age/cmd/age',
    flags: ['-trimpath', '-ldflags', '-s -w'],
    minutes: 1,
    pure: true,
  },
  'age-keygen': {
    name: 'age-keygen',
    version: '1.3.2',
    module: 'filippo.io/age/cmd/age-keygen',
    flags: ['-trimpath', '-ldflags', '-s -w'],
    minutes: 1,
    folder: 'age',
    pure: true,
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;
type AgentName = 'nomad' | 'vault';

/** Dynamic host volumes came with Nomad 1.10; Vault's workload identity works from 1.15 on. */
const OLDEST: Readonly<Record<AgentName, readonly [major: number, minor: number]>> = { nomad: [1, 10], vault: [1, 15] };

/** Does `<tool> version` name a version that is not too old? */
export function isUsable(name: AgentName, output: string): boolean {
  const [, major = '0', minor = '0'] = /\bv(\d+)\.(\d+)\.\d+/.exec(output) ?? [];
  const [oldMajor, oldMinor] = OLDEST[name];
  return Number(major) > oldMajor || (Number(major) === oldMajor && Number(minor) >= oldMinor);
}

async function works(name: AgentName, path: string): Promise<boolean> {
  const result = await tryCommand([path, 'version'], { env: agentEnv('/') }).catch(() => undefined);
  return result?.code === 0 && isUsable(name, result.stdout);
}

const PLAIN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * What the lab's agents are started with, and no more: tasks inherit Nomad's environment, AWS_CA_BUNDLE would stop its
 * agent at start, and VAULT_* and NOMAD_* belong to the user's own cluster.
 */
export const agentEnv = (home: string): NodeJS.ProcessEnv => ({ PATH: PLAIN_PATH, HOME: home, LANG: 'C.UTF-8' });

/** From a copy of the module's files, so that the checkout stays clean; the sums are pinned and read-only. */
async function inModule<T>(tool: Tool, use: (work: string, env: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), `dbctl-build-${tool.name}-`));
  try {
    await cp(labFile('tools', tool.folder ?? tool.name), work, { recursive: true });
    const env = { ...process.env, GOFLAGS: '-buildvcs=false', GOWORK: 'off' };
    return await use(work, tool.pure === true ? { ...env, CGO_ENABLED: '0' } : env);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const compile = (tool: Tool, goal: string): Promise<void> =>
  inModule(tool, async (work, env) => {
    const built = join(work, tool.name);
    await runCommand(['go', 'build', '-mod=readonly', ...tool.flags, '-o', built, tool.module], { cwd: work, env });
    await copyFile(built, `${goal}.${process.pid}.tmp`);
    await rename(`${goal}.${process.pid}.tmp`, goal);
  });

/** Copies folders of the tool's module, of the pinned version, that its program reads when it runs. */
export const copyModuleFolders = (name: ToolName, folders: readonly string[], goal: string): Promise<void> =>
  inModule(TOOLS[name], async (cwd, env) => {
    const argv = ['go', 'list', '-mod=readonly', '-m', '-f', '{{.Dir}}', TOOLS[name].module];
    const source = (await runCommand(argv, { cwd, env })).trim();
    for (const folder of folders) await cp(join(source, folder), join(goal, folder), { recursive: true });
    await runCommand(['chmod', '-R', 'u+w', goal]); // Go's module cache is read-only
  });

/** Builds the pinned version into the cache and returns its path. Minutes when Go's own cache is cold. */
export async function buildTool(name: ToolName, cache: string, say: Say): Promise<string> {
  const tool: Tool = TOOLS[name];
  const goal = join(cache, `${tool.name}-${tool.version}`);
  if (!(await commandExists('go'))) {
    throw new DbctlError('LAB_PREREQUISITE', `${name} is not on PATH and there is no Go to build it`, {
      next: `install ${name} ${tool.version}, or Go 1.26.2 or newer`,
    });
  }
  say(`building ${name} ${tool.version} from its Go module, once; about ${tool.minutes} minutes on two cores`);
  await mkdir(cache, { recursive: true });
  await compile(tool, goal);
  return goal;
}

/** PATH, then the per-user cache, then a build. */
export async function findTool(name: AgentName, say: Say): Promise<string> {
  const onPath = (await tryCommand(['sh', '-c', 'command -v "$1"', 'sh', name])).stdout.trim();
  if (onPath !== '' && (await works(name, onPath))) return onPath;
  const cache = join(cacheRoot(), 'bin');
  const cached = join(cache, `${name}-${TOOLS[name].version}`);
  if (await works(name, cached)) return cached;
  return buildTool(name, cache, say);
}

/** Of what is no agent: the cache, then a build. Its version is the pinned one, so PATH is not asked. */
export async function cachedTool(name: 'rclone' | 'age' | 'age-keygen', say: Say): Promise<string> {
  const cache = join(cacheRoot(), 'bin');
  const cached = join(cache, `${name}-${TOOLS[name].version}`);
  return existsSync(cached) ? cached : buildTool(name, cache, say);
}
