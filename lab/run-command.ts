import { spawn } from 'node:child_process';
import { DbctlError } from '../src/errors/dbctl-error.js';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs to the end and returns its output; an exit code other than 0 is a result, not an error. */
export function tryCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const { input, env = process.env, ...rest } = options;
    const child = spawn(file, args, { ...rest, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code: code ?? 255, stdout: `${Buffer.concat(out)}`, stderr: `${Buffer.concat(err)}` }),
    );
    // A child that ends before it has read everything is reported by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}

/** As `tryCommand`, but a failing command throws LAB_PREREQUISITE with its last lines. */
export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(argv, options);
  if (code === 0) return stdout;
  throw new DbctlError('LAB_PREREQUISITE', `${argv[0]} failed with exit code ${code}`, {
    where: argv.join(' '),
    details: `${stdout}\n${stderr}`.trim().split('\n').slice(-12),
  });
}

export async function commandExists(name: string): Promise<boolean> {
  return (await tryCommand(['sh', '-c', 'command -v "$1"', 'sh', name])).code === 0;
}
