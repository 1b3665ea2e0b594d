import { DbctlError, isDbctlError } from '../src/errors/dbctl-error.js';
import { appStats } from './app-client.js';
import { bridgeName, claimNetwork, type NetworkClaim } from './bridge.js';
import { bringUp } from './bring-up.js';
import { extrasNamed } from './extras.js';
import { chainsBeforeLabs } from './firewall.js';
import type { LabHandle, Say } from './handle.js';
import type { JobDriver } from './job-driver.js';
import { labDown } from './lab-down.js';
import { labDir } from './locate.js';
import { cgroupName } from './nomad-agent.js';
import { ensurePrerequisites } from './prerequisites.js';
import { isOurs } from './processes.js';
import { allRecords, handleOf, type LabRecord, readRecord, writeRecord } from './record.js';
import { RecordKeeper } from './record-keeper.js';

export interface LabUpOptions {
  readonly name?: string;
  /** About the megabytes that speedtest's database holds at start; default 5. */
  readonly scale?: number;
  /** An app for every service, not only for speedtest. */
  readonly all?: boolean;
  /** Extra services: names of lab/extras.ts. A lab that is up already keeps the ones it has. */
  readonly extras?: readonly string[];
  /** What runs the tasks; default exec. */
  readonly driver?: JobDriver['name'];
  /** PostgreSQL majors: that of the shared instance first; default the machine's own. More are there to move to. */
  readonly majors?: readonly number[];
  /** Services are registered with a Consul of the lab's own. */
  readonly consul?: boolean;
  /** A second site for copies: an S3 store, and rclone and age to download. */
  readonly offsite?: boolean;
  /** Nomad with its ACL system on; the management token is in the lab's folder. */
  readonly acl?: boolean;
  /**
   * Milliseconds from one write of speedtest's app to the next; default 100. Each opens a connection, which costs a
   * slow machine some 60 ms: a suite with two labs at a time asks for fewer.
   */
  readonly writeEveryMs?: number;
  /** Its number and no other, so that its addresses are known before. */
  readonly number?: number;
  /**
   * A fresh cluster for what another lab left in that folder (lost.ts): its repository and second site. Nothing of the services
   * runs. Only under the number that the other one had: its addresses are in the jobspecs.
   */
  readonly lost?: string;
  readonly say: Say;
  readonly signal?: AbortSignal;
}

/** Judged by its processes only: an app that is held back by a move in progress is no reason to start afresh. */
async function alreadyUp(record: LabRecord): Promise<LabHandle | undefined> {
  if (record.stage !== 'up') return undefined;
  const alive = await Promise.all(Object.values(record.pids).map((pid) => isOurs(pid, record.dir)));
  return alive.every(Boolean) ? handleOf(record) : undefined;
}

async function tellRunning(handle: LabHandle, all: boolean, say: Say): Promise<LabHandle> {
  if (all && handle.apps.length === 1) {
    throw new DbctlError('LAB_STATE', 'the lab is up with one app only', {
      where: handle.name,
      next: `dbctl lab down --name ${handle.name}, then dbctl lab up --name ${handle.name} --all`,
    });
  }
  const writing = (await appStats(handle.appUrl)) !== undefined;
  say(`lab ${handle.name} is already up${writing ? '' : '; its app does not answer just now'}`);
  return handle;
}

interface Wanted {
  readonly driver: JobDriver['name'];
  readonly consul: boolean;
  readonly offsite: boolean;
  readonly majors: readonly number[];
  readonly old: LabRecord | undefined;
}

function withWanted(handle: LabHandle, { driver, consul, offsite, majors, old }: Wanted): LabHandle {
  const problem = (message: string, value: string): DbctlError =>
    new DbctlError('LAB_STATE', message, { where: handle.name, value, next: `dbctl lab down --name ${handle.name}` });
  if (handle.driver !== driver)
    throw problem('this lab is up with another driver', `${handle.driver}, asked for ${driver}`);
  if (consul && handle.consulAddr === undefined) throw problem('this lab is up without Consul', 'asked for --consul');
  if (offsite && handle.pids['store'] === undefined)
    throw problem('this lab is up without a second site', 'asked for --offsite');
  const [has, asked] = [old?.majors ?? [], majors].map((list) => list.join(' '));
  if (majors.length > 0 && has !== asked)
    throw problem('this lab is up with other PostgreSQL majors', `${has || "the machine's"}, asked for ${asked}`);
  return handle;
}

async function clearRemains(record: LabRecord, say: Say): Promise<void> {
  if (record.stage === 'starting' && record.owner !== process.pid && (await isOurs(record.owner, ''))) {
    throw new DbctlError('LAB_STATE', 'another process is bringing this lab up', {
      value: `pid ${record.owner}`,
      where: record.name,
    });
  }
  say(`lab ${record.name} is not whole: taking its remains away first`);
  await labDown({ name: record.name, say });
}

async function newRecord(options: LabUpOptions): Promise<LabRecord> {
  const {
    name = 'default',
    scale = 5,
    all = false,
    extras = [],
    driver = 'exec',
    consul = false,
    majors = [],
  } = options;
  const chainsBefore = await chainsBeforeLabs(await allRecords());
  const createdAt = new Date().toISOString();
  return writeRecord({
    name,
    scale,
    extras,
    driver,
    consul,
    majors,
    dir: labDir(name),
    stage: 'starting',
    owner: process.pid,
    createdAt,
    chainsBefore,
    pids: {},
    all,
    ledgerDirs: {},
  });
}

async function claim(keeper: RecordKeeper, only: number | undefined): Promise<NetworkClaim> {
  const network = await claimNetwork(
    (number) => keeper.change(() => ({ number, bridge: bridgeName(number), cgroup: cgroupName(number) })),
    only,
  );
  await keeper.change(() => ({ ports: network.ports }));
  return network;
}

function explain(error: unknown, name: string, signal: AbortSignal | undefined): unknown {
  if (isDbctlError(error) || signal?.aborted !== true) return error;
  return new DbctlError('INTERRUPTED', 'the lab was not brought up', {
    where: name,
    next: 'dbctl lab down',
    cause: error,
  });
}

/**
 * Brings a lab up, or returns the running one. After a failure what was made stays recorded: `labDown` or the
 * next `labUp` takes it away. Throws LAB_PREREQUISITE, LAB_STATE, NOMAD_ALLOC_FAILED, INTERRUPTED, USAGE.
 */
export async function labUp(options: LabUpOptions): Promise<LabHandle> {
  const {
    name = 'default',
    all = false,
    acl = false,
    consul = false,
    offsite = false,
    majors = [],
    extras = [],
    driver = 'exec',
    writeEveryMs = 100,
    say,
    signal,
  } = options;
  labDir(name);
  const wanted = extrasNamed(extras);
  const install = await ensurePrerequisites(
    say,
    [...wanted.flatMap(({ packages }) => packages), ...(majors.length > 0 ? ['debootstrap'] : [])],
    driver,
  );
  const [shared = install.major, ...others] = majors;
  const old = await readRecord(name);
  const running = old === undefined ? undefined : await alreadyUp(old);
  if (running !== undefined)
    return tellRunning(withWanted(running, { driver, consul, offsite, majors, old }), all, say);
  if (old !== undefined) await clearRemains(old, say);
  const keeper = new RecordKeeper(await newRecord(options));
  try {
    const aborted = signal ?? new AbortController().signal;
    const context = {
      keeper,
      dir: labDir(name),
      install,
      majors: [shared, ...others] as const,
      all,
      acl,
      consul,
      offsite,
      driver,
      writeEveryMs,
      extras: wanted,
      lost: options.lost,
      say,
      signal: aborted,
    };
    return await bringUp({ ...context, ...(await claim(keeper, options.number)) });
  } catch (error) {
    throw explain(error, name, signal);
  }
}
