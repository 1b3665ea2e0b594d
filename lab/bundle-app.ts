import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { build } from 'esbuild';
import { labFile } from './locate.js';

/** One file without dependencies: the app's "image" is a line in the chroot. */
export async function bundleApp(goal: string): Promise<void> {
  await mkdir(dirname(goal), { recursive: true });
  await build({
    entryPoints: [labFile('apps', 'speedtest', 'main.ts')],
    outfile: goal,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['pg-native'],
    logLevel: 'error',
  });
}
