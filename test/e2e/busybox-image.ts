import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineApi } from '../../lab/docker/engine-api.js';

const dockerfile = (base: string): string => `FROM ${base}
COPY busybox /usr/local/busybox/busybox
RUN ["/usr/local/busybox/busybox", "--install", "-s", "/usr/local/busybox"]
RUN ["/usr/local/busybox/busybox", "ln", "-sf", "/usr/local/busybox/busybox", "/bin/sh"]
ENV PATH=/usr/local/busybox:/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin
`;

/** The same server with the shell and the tools that Alpine images have; their C library is not to be had from Debian. */
export async function buildBusyboxImage(engine: EngineApi, base: string, name: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'dbctl-busybox-'));
  try {
    writeFileSync(join(dir, 'Dockerfile'), dockerfile(base));
    copyFileSync('/bin/busybox', join(dir, 'busybox'));
    await engine.buildImage(
      name,
      spawn('tar', ['-C', dir, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout,
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
