import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostAddress } from './bridge.js';
import { forConsul } from './consul/job-texts.js';
import type { Extra } from './extras.js';
import { EXEC_DRIVER, forDriver, type JobDriver } from './job-driver.js';
import { labFile } from './locate.js';
import { withOffsite } from './offsite/inventory.js';
import type { LabOffsite } from './offsite/servers.js';
import { appPort, type LabPorts } from './ports.js';
import { appsOf, SERVICES } from './services.js';

/** Puts values for `__NAME__` marks; a mark without a value stays, so that a test can find it. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/__([A-Z_]+)__/g, (mark, name: string) => values[name] ?? mark);
}

async function template(name: string): Promise<string> {
  return readFile(labFile('jobs', name), 'utf8');
}

async function initBlocks(all: boolean, extras: readonly Extra[]): Promise<string> {
  const block = await template('init-block.sql');
  const reader = await template('init-grafana-reader.sql');
  const services = [...SERVICES, ...extras.map(({ service }) => service)];
  const blocks = services.map((service) => fill(block, { SERVICE: service }) + (service === 'grafana' ? reader : ''));
  if (all) blocks.push(await template('init-prowlarr.sql'));
  return blocks.join('\n').trimEnd();
}

export interface HomeSpec {
  readonly number: number;
  readonly ports: LabPorts;
  /** A jobspec for every service's app, not only for speedtest's. */
  readonly all?: boolean;
  readonly driver?: JobDriver;
  readonly extras?: readonly Extra[];
  /** Jobspecs of a cluster whose services are Consul's. */
  readonly consul?: boolean;
  /** Copies elsewhere in the inventory. */
  readonly offsite?: LabOffsite;
  /** Milliseconds from one write of speedtest's app to the next; default 100. */
  readonly writeEveryMs?: number;
}

export const jobspecPath = (home: string, job: string): string => join(home, 'jobs', 'src', `${job}.nomad.hcl`);

/** Writes the pretend operator's repository: the inventory and the jobspecs as they were before dbctl. */
export async function writeHome(home: string, spec: HomeSpec): Promise<void> {
  const { number, ports, all = false, driver = EXEC_DRIVER, extras = [], consul = false, writeEveryMs = 100 } = spec;
  const text = async (name: string): Promise<string> => (consul ? forConsul : String)(await template(name));
  const shared = {
    POSTGRES_PORT: String(ports.postgres),
    DEDICATED_PORT: String(ports.dedicated),
    INIT_BLOCKS: await initBlocks(all, extras),
    WRITE_EVERY_MS: String(writeEveryMs),
  };
  const write = async (source: string, target: string, values: Readonly<Record<string, string>>): Promise<void> =>
    writeFile(target, fill(forDriver(await text(source), driver), { ...shared, ...values }));
  await mkdir(join(home, 'jobs', 'src'), { recursive: true });
  await write(all ? 'dbctl-all.yaml' : 'dbctl.yaml', join(home, 'dbctl.yaml'), {});
  await write('postgresql.nomad.hcl', jobspecPath(home, 'postgresql'), {});
  const jobs = [
    ...appsOf(all).map((service) => ({ service, port: appPort(ports, service) })),
    ...extras.map((extra) => ({ service: extra.service, port: extra.port(ports) })),
  ];
  for (const { service, port } of jobs) {
    const values = { APP_PORT: String(port), APP_URL: `http://${hostAddress(number)}:${port}` };
    await write(`${service}.nomad.hcl`, jobspecPath(home, service), values);
  }
  for (const { inventory } of extras) await appendFile(join(home, 'dbctl.yaml'), inventory);
  const { offsite } = spec;
  if (offsite === undefined) return;
  await writeFile(join(home, 'dbctl.yaml'), withOffsite(await readFile(join(home, 'dbctl.yaml'), 'utf8'), offsite));
}
