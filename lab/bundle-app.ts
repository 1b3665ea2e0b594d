import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { labFile } from './locate.js';
import { type LabService, SERVICE_FACTS } from './services.js';

/** Each program one file without dependencies: an app's "image" is a folder in the chroot. */
export async function bundleApps(opt: string, services: readonly LabService[]): Promise<void> {
  const programs = services.flatMap((service) =>
    Object.entries(SERVICE_FACTS[service].programs).map(([name, source]) => ({
      in: labFile('apps', service, source),
      out: join(service, name.replace(/\.cjs$/, '')),
    })),
  );
  await build({
    entryPoints: programs,
    outdir: opt,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['pg-native'],
    logLevel: 'error',
  });
  await Promise.all(services.map((service) => copySchemas(opt, service)));
}

async function copySchemas(opt: string, service: LabService): Promise<void> {
  await mkdir(join(opt, service), { recursive: true });
  for (const [name, source] of Object.entries(SERVICE_FACTS[service].schemas))
    await copyFile(labFile('sql', source), join(opt, service, name));
}
