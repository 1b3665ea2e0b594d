import { spawn } from 'node:child_process';

/** A process that does nothing, with this word among its arguments and this environment, until it is ended. */
export function spawnSleeper(
  word: string,
  env: Readonly<Record<string, string>>,
): { readonly running: Promise<void>; end(): void } {
  const child = spawn('sh', ['-c', 'echo up; read -r _', 'sleeper', word], { env: { PATH: '/usr/bin:/bin', ...env } });
  const running = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  return { running, end: () => void child.kill('SIGKILL') };
}
