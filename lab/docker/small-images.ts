import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineApi } from './engine-api.js';

/** Never `latest`: Nomad asks a registry for that one each time. */
export const APP_IMAGE = 'dbctl-lab/app:1';
export const PAUSE_IMAGE = 'dbctl-lab/pause:1';

async function importFolder(
  engine: EngineApi,
  name: string,
  dir: string,
  changes: readonly string[],
  tarOptions: readonly string[] = [],
): Promise<void> {
  const tar = spawn('tar', ['-C', dir, '--numeric-owner', ...tarOptions, '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await engine.importImage(name, tar.stdout, changes);
}

/** The lab's apps and Node on the same cut-down root that the exec driver gives its tasks; PostgreSQL is left out. */
export const importAppImage = (engine: EngineApi, rootfs: string): Promise<void> =>
  importFolder(
    engine,
    APP_IMAGE,
    rootfs,
    ['USER nobody', 'ENV PATH=/usr/bin:/bin'],
    ['--exclude=./usr/lib/postgresql'],
  );

const PAUSE = 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait; done';

/** Holds the network of a group in bridge mode open, as Kubernetes' pause image does; one static program. */
export async function importPauseImage(engine: EngineApi): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'dbctl-pause-'));
  try {
    await mkdir(join(dir, 'bin'));
    for (const name of ['sh', 'sleep']) await copyFile('/bin/busybox', join(dir, 'bin', name));
    await importFolder(engine, PAUSE_IMAGE, dir, [`ENTRYPOINT ["/bin/sh", "-c", ${JSON.stringify(PAUSE)}]`]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
