import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DbctlError } from '../src/errors/dbctl-error.js';
import { appStats } from './app-client.js';
import { findTool } from './binaries.js';
import { bundleApp } from './bundle-app.js';
import {
  ensureVolume,
  finishedWell,
  isRunning,
  nodeIsReady,
  runJobFile,
  serverIsReady,
  waitForTask,
} from './cluster.js';
import type { LabHandle, Say } from './handle.js';
import { writeHome } from './home.js';
import { type Api, openApi } from './http.js';
import { labSeed } from './lab-seed.js';
import {
  type AgentKind,
  type AgentSpec,
  cgroupName,
  nomadConfigPath,
  nomadLogPath,
  rootfsPath,
  startNomad,
  staticVolumePath,
} from './nomad-agent.js';
import type { LabPorts } from './ports.js';
import type { PostgresInstall } from './prerequisites.js';
import { waitForDaemon, waitUntil } from './processes.js';
import { handleOf, writeVaultToken } from './record.js';
import type { RecordKeeper } from './record-keeper.js';
import { buildRootfs } from './rootfs.js';
import { configureVault, randomToken, startVault, trustNomad, vaultConfigPath } from './vault-server.js';

/** What every phase of `up` needs. */
export interface UpContext {
  readonly keeper: RecordKeeper;
  readonly dir: string;
  readonly number: number;
  readonly ports: LabPorts;
  readonly install: PostgresInstall;
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
  await configureVault(api);
  say(`Vault answers on 127.0.0.1:${ports.vault}`);
  return api;
}

async function upAgent(
  context: UpContext,
  spec: AgentSpec,
  kind: AgentKind,
  ready: (api: Api) => Promise<boolean>,
): Promise<Api> {
  const { keeper, dir, ports, say, signal } = context;
  const pid = await startNomad(await findTool('nomad', say), spec, kind);
  await keeper.addPid(`nomad-${kind}`, pid);
  const api = openApi(`http://127.0.0.1:${ports.nomadHttp}`);
  const daemon = { name: `Nomad's ${kind}`, pid, path: nomadConfigPath(dir, kind), log: nomadLogPath(dir, kind) };
  await waitForDaemon(daemon, () => ready(api), 60_000, signal);
  return api;
}

async function upNomad(context: UpContext): Promise<Api> {
  const { keeper, dir, ports, number, install, say } = context;
  for (const path of [rootfsPath(dir), staticVolumePath(dir)]) await mkdir(path, { recursive: true });
  await chown(staticVolumePath(dir), install.uid, install.gid);
  const spec = { name: keeper.record.name, dir, number, ports, cgroup: cgroupName(number) };
  await upAgent(context, spec, 'server', serverIsReady);
  const api = await upAgent(context, spec, 'client', nodeIsReady);
  say(`Nomad answers on 127.0.0.1:${ports.nomadHttp}, bridge dbctl${number}`);
  return api;
}

async function upRootfs({ dir, install }: UpContext): Promise<undefined> {
  await buildRootfs(rootfsPath(dir), install);
  await bundleApp(join(rootfsPath(dir), 'opt/speedtest/app.cjs'));
}

async function upVolumes(nomad: Api, { keeper, install }: UpContext): Promise<void> {
  const { uid, gid } = install;
  await ensureVolume(nomad, { name: 'postgresql_data', mode: '0700', uid, gid });
  await ensureVolume(nomad, { name: 'postgresql_dumps', mode: '0700', uid, gid });
  const ledgerDir = await ensureVolume(nomad, { name: 'speedtest_config', mode: '0755', uid: 65534, gid: 65534 });
  await keeper.change(() => ({ ledgerDir }));
}

async function upShared(nomad: Api, home: string, { say, signal }: UpContext): Promise<void> {
  await runJobFile(nomad, join(home, 'jobs/src/postgresql.nomad.hcl'));
  await waitForTask(nomad, 'postgresql', 'init-databases', finishedWell, 60_000, signal);
  say('the shared PostgreSQL runs; its databases are made');
}

async function upApp(nomad: Api, home: string, appUrl: string, { say, signal }: UpContext): Promise<void> {
  await runJobFile(nomad, join(home, 'jobs/src/speedtest.nomad.hcl'));
  await waitForTask(nomad, 'speedtest', 'app', isRunning, 60_000, signal);
  const writing = async (): Promise<boolean> => ((await appStats(appUrl))?.acknowledged ?? 0) > 0;
  if (!(await waitUntil(writing, 30_000, 100, signal))) {
    const last = (await appStats(appUrl))?.lastError;
    throw new DbctlError('NOMAD_ALLOC_FAILED', 'the app does not write', {
      where: 'job speedtest',
      ...(last ? { value: last } : {}),
    });
  }
  say('speedtest runs and writes ten rows a second');
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

/** Everything from the first daemon to a writing app with data; each thing is recorded as soon as it exists. */
export async function bringUp(context: UpContext): Promise<LabHandle> {
  const { keeper, dir, number, ports } = context;
  const home = join(dir, 'home');
  const [vault, nomad] = await allOrNone<[Api, Api, undefined]>(context, (inner) => [
    upVault(inner),
    upNomad(inner),
    upRootfs(inner),
  ]);
  await writeHome(home, number, ports);
  await trustNomad(vault, ports.nomadHttp);
  await upVolumes(nomad, context);
  await upShared(nomad, home, context);
  const handle = await handleOf(keeper.record);
  if (handle === undefined) throw new DbctlError('INTERNAL', 'the record of the lab is not complete', { where: dir });
  await upApp(nomad, home, handle.appUrl, context);
  await labSeed({ name: keeper.record.name, scale: keeper.record.scale, say: context.say });
  await keeper.change(() => ({ stage: 'up' }));
  return handle;
}
