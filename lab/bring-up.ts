import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DbctlError } from '../src/errors/dbctl-error.js';
import { bootstrapAcl } from './acl.js';
import { appStats } from './app-client.js';
import { lastWrites } from './audit.js';
import { findTool } from './binaries.js';
import { hostAddress } from './bridge.js';
import { bundleApps } from './bundle-app.js';
import { ensureVolume, finishedWell, isRunning, nodeIsReady, runJobFile, waitForTask } from './cluster.js';
import { consulAddress } from './consul/consul-agent.js';
import { upConsul, waitPassing } from './consul/up-consul.js';
import { dockerRuntime } from './docker/docker-runtime.js';
import { type Extra, staticVolumes } from './extras.js';
import type { LabApp, LabHandle, Say } from './handle.js';
import { jobspecPath, writeHome } from './home.js';
import { type Api, openApi } from './http.js';
import type { JobDriver } from './job-driver.js';
import { labSeed } from './lab-seed.js';
import { bringHome } from './lost.js';
import { cgroupName, nomadConfigPath, nomadLogPath, rootfsPath, startNomad, staticVolumePath } from './nomad-agent.js';
import { type LabOffsite, upOffsite } from './offsite/servers.js';
import type { LabPorts } from './ports.js';
import type { PostgresInstall } from './prerequisites.js';
import { waitForDaemon, waitUntil } from './processes.js';
import { handleOf, writeVaultToken } from './record.js';
import type { RecordKeeper } from './record-keeper.js';
import { buildRootfs } from './rootfs.js';
import { addMajors } from './rootfs-majors.js';
import { execRuntime, type PreparedRuntime, type Runtime } from './runtime.js';
import { appsOf, SERVICE_FACTS, servicesOf } from './services.js';
import { configureVault, randomToken, startVault, trustNomad, vaultConfigPath } from './vault-server.js';

/** What every phase of `up` needs. */
export interface UpContext {
  readonly keeper: RecordKeeper;
  readonly dir: string;
  readonly number: number;
  readonly ports: LabPorts;
  readonly install: PostgresInstall;
  /** Of the shared instance first; more are there to move to. */
  readonly majors: readonly [number, ...number[]];
  /** An app for every service, not only for speedtest. */
  readonly all: boolean;
  readonly extras: readonly Extra[];
  readonly driver: JobDriver['name'];
  readonly acl: boolean;
  readonly consul: boolean;
  /** With a second site for copies. */
  readonly offsite: boolean;
  readonly writeEveryMs: number;
  /** What another lab left; nothing of the services is started then. */
  readonly lost?: string | undefined;
  readonly say: Say;
  readonly signal: AbortSignal;
}

async function upVault({ keeper, dir, ports, say, signal }: UpContext): Promise<Api> {
  const binary = await findTool('vault', say);
  const token = randomToken();
  await writeVaultToken(dir, token);
  const pid = await startVault(binary, dir, ports.vault, token);
  await keeper.addPid('vault', pid);
  const api = openApi(`http://127.0.0.1:${ports.vault}`, token);
  const mounted = async (): Promise<boolean> => (await api.tryCall('get', '/v1/secret/config')) !== undefined;
  await waitForDaemon(
    { name: 'Vault', pid, path: vaultConfigPath(dir), log: join(dir, 'vault.log') },
    mounted,
    30_000,
    signal,
  );
  say(`Vault answers on 127.0.0.1:${ports.vault}`);
  return api;
}

async function upNomad(context: UpContext, runtime: Runtime): Promise<Api> {
  const { keeper, dir, ports, number, driver, extras, acl, say, signal } = context;
  const consul = context.consul ? { consul: consulAddress(ports) } : {};
  for (const path of [rootfsPath(dir), staticVolumePath(dir)]) await mkdir(path, { recursive: true });
  const docker = runtime.docker === undefined ? {} : { docker: runtime.docker };
  const folders = await staticVolumes(extras, say);
  const spec = {
    name: keeper.record.name,
    dir,
    number,
    ports,
    cgroup: cgroupName(number),
    folders,
    acl,
    ...docker,
    ...consul,
  };
  const pid = await startNomad(await findTool('nomad', say), spec);
  await keeper.addPid('nomad', pid);
  const api = openApi(`http://127.0.0.1:${ports.nomadHttp}`);
  const daemon = { name: 'Nomad', pid, path: nomadConfigPath(dir), log: nomadLogPath(dir) };
  let open = !acl;
  const ready = async (): Promise<boolean> => {
    open = open || (await bootstrapAcl(`http://127.0.0.1:${ports.nomadHttp}`, api, dir));
    return open && (await nodeIsReady(api, driver));
  };
  await waitForDaemon(daemon, ready, 60_000, signal);
  say(`Nomad answers on 127.0.0.1:${ports.nomadHttp}, bridge dbctl${number}`);
  return api;
}

async function upVolumes(nomad: Api, { uid, gid }: PreparedRuntime, context: UpContext): Promise<void> {
  const { keeper, dir, all, extras } = context;
  await chown(staticVolumePath(dir), uid, gid);
  for (const name of ['postgresql_data', 'postgresql_dumps'])
    await ensureVolume(nomad, { name, mode: '0700', uid, gid });
  for (const volume of extras.flatMap(({ volumes }) => volumes)) await ensureVolume(nomad, volume);
  for (const service of appsOf(all)) {
    const volume = { name: SERVICE_FACTS[service].volume, mode: '0755', uid: 65534, gid: 65534 };
    const ledgerDir = await ensureVolume(nomad, volume);
    await keeper.change(({ ledgerDirs }) => ({ ledgerDirs: { ...ledgerDirs, [service]: ledgerDir } }));
  }
}

async function upRootfs(context: UpContext): Promise<string> {
  const { dir, install, majors, all, extras, driver, say } = context;
  const programs = extras.flatMap((extra) => extra.programs);
  const own = driver === 'docker' || majors.includes(install.major);
  await buildRootfs(rootfsPath(dir), install, {
    programs,
    own,
    linked: driver === 'docker' || majors[0] === install.major,
  });
  if (driver === 'exec') await addMajors(rootfsPath(dir), { majors, own: install.major, say });
  await bundleApps(join(rootfsPath(dir), 'opt'), appsOf(all));
  return rootfsPath(dir);
}

async function upShared(nomad: Api, home: string, { ports, consul, say, signal }: UpContext): Promise<void> {
  await runJobFile(nomad, jobspecPath(home, 'postgresql'));
  await waitForTask(nomad, 'postgresql', 'init-databases', finishedWell, 60_000, signal);
  if (consul) await waitPassing(consulAddress(ports), 'postgresql', signal);
  say('the shared PostgreSQL runs; its databases are made');
}

/** Every task that writes has a ledger of its own. */
async function upApp(nomad: Api, home: string, app: LabApp, signal: AbortSignal): Promise<void> {
  const { service, url, ledgerDir } = app;
  const { tasks } = SERVICE_FACTS[service];
  await runJobFile(nomad, jobspecPath(home, service));
  for (const task of tasks) await waitForTask(nomad, service, task, isRunning, 120_000, signal);
  const writing = async (): Promise<boolean> =>
    ((await appStats(url))?.acknowledged ?? 0) > 0 && (await lastWrites(ledgerDir)).length === tasks.length;
  if (!(await waitUntil(writing, 120_000, 200, signal))) {
    const last = (await appStats(url))?.lastError;
    throw new DbctlError('NOMAD_ALLOC_FAILED', 'the app does not write', {
      where: `job ${service}`,
      ...(last ? { value: last } : {}),
    });
  }
}

async function upApps(nomad: Api, home: string, { apps }: LabHandle, context: UpContext): Promise<void> {
  await allOrNone(context, ({ signal }) => apps.map((app) => upApp(nomad, home, app, signal)));
  const others = apps.slice(1).map(({ service }) => service);
  context.say(`speedtest runs and writes ${1000 / context.writeEveryMs} rows a second`);
  if (others.length > 0) context.say(`${others.join(', ')} run and write a few rows a second each`);
}

async function upExtra(
  nomad: Api,
  home: string,
  extra: Extra,
  { number, ports, say, signal }: UpContext,
): Promise<void> {
  const { service, task, health } = extra;
  const url = `http://${hostAddress(number)}:${extra.port(ports)}`;
  await runJobFile(nomad, jobspecPath(home, service));
  await waitForTask(nomad, service, task, isRunning, 120_000, signal);
  const healthy = async (): Promise<boolean> => (await openApi(url).tryCall('get', health)) !== undefined;
  if (!(await waitUntil(healthy, 120_000, 200, signal)))
    throw new DbctlError('NOMAD_ALLOC_FAILED', 'the service is not healthy', { where: `job ${service}`, value: url });
  say(`${service} runs and is healthy: ${url}`);
}

/** Runs the branches at once; when one fails the others are told to stop and waited for, so that nothing starts later. */
async function allOrNone<T extends readonly unknown[]>(
  context: UpContext,
  branches: (context: UpContext) => { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  const failure = new AbortController();
  const inner = { ...context, signal: AbortSignal.any([context.signal, failure.signal]) };
  const running = branches(inner);
  const all = Promise.all(running) as unknown as Promise<T>;
  all.catch(() => failure.abort());
  await Promise.allSettled(running);
  return all;
}

/** Vault first: a Nomad client that finds none asks again only after 15 seconds, and places no job with a secret before. */
async function upAgents(context: UpContext, runtime: Runtime): Promise<Agents> {
  if (context.consul) await upConsul(context);
  const vault = await upVault(context);
  const [nomad] = await allOrNone<[Api, unknown]>(context, (inner) => [
    upNomad(inner, runtime),
    configureVault(vault, [...servicesOf(inner.all), ...inner.extras.map(({ service }) => service)]),
  ]);
  await trustNomad(vault, context.ports.nomadHttp);
  return { nomad, ...(context.offsite ? { offsite: await upOffsite(context, vault) } : {}) };
}

interface Agents {
  readonly nomad: Api;
  readonly offsite?: LabOffsite;
}

const runtimeOf = async (context: UpContext): Promise<Runtime> =>
  context.driver === 'exec'
    ? execRuntime(context.install)
    : dockerRuntime({ ...context, cgroup: cgroupName(context.number) });

/** A cluster that holds nothing yet, beside the repository of one that is lost. */
async function upBare({ keeper, dir }: UpContext, home: string, lost: string): Promise<LabHandle> {
  await bringHome(lost, home);
  const handle = await handleOf(keeper.record);
  if (handle === undefined) throw new DbctlError('INTERNAL', 'the record of the lab is not complete', { where: dir });
  await keeper.change(() => ({ stage: 'up' }));
  return handle;
}

/** Everything from the first daemon to a writing app with data; each thing is recorded as soon as it exists. */
export async function bringUp(context: UpContext): Promise<LabHandle> {
  const { keeper, dir, number, ports, all, extras, consul, writeEveryMs } = context;
  const home = join(dir, 'home');
  const runtime = await runtimeOf(context);
  const [{ nomad, ...second }, prepared] = await allOrNone<[Agents, PreparedRuntime]>(context, (inner) => [
    upAgents(inner, runtime),
    runtime.prepare(upRootfs(inner)),
  ]);
  await upVolumes(nomad, prepared, context);
  if (context.lost !== undefined) return await upBare(context, home, context.lost);
  await writeHome(home, { number, ports, all, extras, consul, writeEveryMs, driver: prepared.driver, ...second });
  await upShared(nomad, home, context);
  const handle = await handleOf(keeper.record);
  if (handle === undefined) throw new DbctlError('INTERNAL', 'the record of the lab is not complete', { where: dir });
  await upApps(nomad, home, handle, context);
  for (const extra of extras) await upExtra(nomad, home, extra, context);
  await labSeed({ name: keeper.record.name, scale: keeper.record.scale, say: context.say });
  await keeper.change(() => ({ stage: 'up' }));
  return handle;
}
