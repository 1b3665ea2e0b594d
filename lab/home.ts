import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostAddress } from './bridge.js';
import type { Extra } from './extras.js';
import { EXEC_DRIVER, forDriver, type JobDriver } from './job-driver.js';
import { labFile } from './locate.js';
import type { LabPorts } from './ports.js';
import { SERVICES } from './services.js';

/** Puts values for `__NAME__` marks; a mark without a value stays, so that a test can find it. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/__([A-Z_]+)__/g, (mark, name: string) => values[name] ?? mark);
}

async function template(name: string): Promise<string> {
  return readFile(labFile('jobs', name), 'utf8');
}

async function initBlocks(extras: readonly Extra[]): Promise<string> {
  const block = await template('init-block.sql');
  const reader = await template('init-grafana-reader.sql');
  const services = [...SERVICES, ...extras.map(({ service }) => service)];
  const blocks = services.map((service) => fill(block, { SERVICE: service }) + (service === 'grafana' ? reader : ''));
  return blocks.join('\n').trimEnd();
}

/** Writes the pretend operator's repository: the inventory and the two jobspecs as they were before dbctl. */
export async function writeHome(
  home: string,
  number: number,
  ports: LabPorts,
  driver: JobDriver = EXEC_DRIVER,
  extras: readonly Extra[] = [],
): Promise<void> {
  const values = {
    POSTGRES_PORT: String(ports.postgres),
    APP_PORT: String(ports.app),
    APP_URL: `http://${hostAddress(number)}:${ports.app}`,
    FORGE_PORT: String(ports.forge),
    FORGE_URL: `http://${hostAddress(number)}:${ports.forge}`,
    DEDICATED_PORT: String(ports.dedicated),
    INIT_BLOCKS: await initBlocks(extras),
  };
  await mkdir(join(home, 'jobs', 'src'), { recursive: true });
  const files = {
    'dbctl.yaml': 'dbctl.yaml',
    'postgresql.nomad.hcl': 'jobs/src/postgresql.nomad.hcl',
    'speedtest.nomad.hcl': 'jobs/src/speedtest.nomad.hcl',
    ...Object.fromEntries(extras.map(({ service }) => [`${service}.nomad.hcl`, `jobs/src/${service}.nomad.hcl`])),
  };
  for (const [source, target] of Object.entries(files))
    await writeFile(join(home, target), fill(forDriver(await template(source), driver), values));
  for (const { inventory } of extras) await appendFile(join(home, 'dbctl.yaml'), inventory);
}
