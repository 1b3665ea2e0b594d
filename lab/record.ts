import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../src/shared/secret.js';
import { hostAddress } from './bridge.js';
import { consulAddress } from './consul/consul-agent.js';
import type { LabApp, LabHandle } from './handle.js';
import type { JobDriver } from './job-driver.js';
import { labDir, labsRoot } from './locate.js';
import { appPort, type LabPorts } from './ports.js';
import { appsOf, type LabService } from './services.js';

export type LabStage = 'starting' | 'up' | 'stopping';

/** lab.json: everything `down` has to take away, written before or as soon as each thing exists. */
export interface LabRecord {
  readonly name: string;
  readonly dir: string;
  readonly stage: LabStage;
  /** Process that brings the lab up. */
  readonly owner: number;
  readonly scale: number;
  /** Extra services it was asked for. */
  readonly extras?: readonly string[];
  readonly driver: JobDriver['name'];
  /** With Consul for services instead of Nomad's own catalogue. */
  readonly consul?: boolean;
  /** PostgreSQL majors it was asked for, the shared instance's first. */
  readonly majors?: readonly number[];
  /** Of the Docker daemon that runs the containers, be it the lab's own or not. */
  readonly dockerSocket?: string;
  readonly createdAt: string;
  readonly ports?: LabPorts;
  /** Number of the bridge and of the third byte of the subnet. */
  readonly number?: number;
  readonly bridge?: string;
  readonly cgroup?: string;
  readonly pids: Readonly<Record<string, number>>;
  /** iptables chains that were there before any lab. */
  readonly chainsBefore?: readonly string[];
  /** With an app for every service, not only for speedtest. */
  readonly all: boolean;
  /** Folder of each running app's ledger, by service. */
  readonly ledgerDirs: Readonly<Partial<Record<LabService, string>>>;
}

const recordFile = (dir: string): string => join(dir, 'lab.json');
const tokenFile = (dir: string): string => join(dir, 'vault-token');

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function readRecord(name: string): Promise<LabRecord | undefined> {
  const text = await readOptional(recordFile(labDir(name)));
  if (text === undefined) return undefined;
  // A lab of an earlier version lacks these.
  return { all: false, ledgerDirs: {}, ...(JSON.parse(text) as Partial<LabRecord>) } as LabRecord;
}

export async function writeRecord(record: LabRecord): Promise<LabRecord> {
  await mkdir(record.dir, { recursive: true, mode: 0o755 });
  const temporary = `${recordFile(record.dir)}.tmp`;
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`);
  await rename(temporary, recordFile(record.dir));
  return record;
}

export const updateRecord = (record: LabRecord, change: Partial<LabRecord>): Promise<LabRecord> =>
  writeRecord({ ...record, ...change });

export async function writeVaultToken(dir: string, token: Secret): Promise<void> {
  await writeFile(tokenFile(dir), token.reveal(), { mode: 0o600 });
}

export const readVaultToken = async (dir: string): Promise<Secret> =>
  new Secret((await readOptional(tokenFile(dir))) ?? '');

/** Every lab with a lab.json, whatever its stage. */
export async function allRecords(): Promise<LabRecord[]> {
  const names = await readdir(labsRoot()).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const records = await Promise.all(names.map((name) => readRecord(name)));
  return records.filter((record) => record !== undefined);
}

/** Undefined while the record lacks a part that a working lab has. */
export async function handleOf(record: LabRecord): Promise<LabHandle | undefined> {
  const { name, dir, driver, consul, ports, bridge, number, pids, all, ledgerDirs } = record;
  if (ports === undefined || bridge === undefined || number === undefined) return undefined;
  const apps = appsOf(all).flatMap((service): LabApp[] => {
    const ledgerDir = ledgerDirs[service];
    const url = `http://${hostAddress(number)}:${appPort(ports, service)}`;
    return ledgerDir === undefined ? [] : [{ service, url, ledgerDir }];
  });
  const [first] = apps;
  if (first === undefined || apps.length < appsOf(all).length) return undefined;
  return {
    name,
    dir,
    driver,
    home: join(dir, 'home'),
    nomadAddr: `http://127.0.0.1:${ports.nomadHttp}`,
    vaultAddr: `http://127.0.0.1:${ports.vault}`,
    vaultToken: await readVaultToken(dir),
    ...(consul === true ? { consulAddr: `http://${consulAddress(ports)}` } : {}),
    bridge,
    subnet: `10.88.${number}.0/24`,
    pids,
    appUrl: first.url,
    ledgerDir: first.ledgerDir,
    apps,
  };
}
