import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecRequest, ExecResult, NomadPort } from '../../src/ports/nomad.js';
import { type FakeNomad, fakeNomad } from '../fakes/fake-nomad.js';
import { mkdirAsPostgres, postgresDir, runAsPostgres, type TestCluster } from './postgres.js';

/** Nomad as the fake has it, but its tasks' commands really run here, beside a real server. */
export interface LocalTask {
  readonly nomad: FakeNomad;
  readonly port: NomadPort;
  /** What the tasks see as /backups. */
  readonly backups: string;
  readonly secrets: string;
  readonly alloc: string;
  remove(): void;
}

export function localTask(
  cluster: TestCluster,
  clock: Parameters<typeof fakeNomad>[0],
  shared: { readonly nomad?: FakeNomad; readonly backups?: string } = {},
): LocalTask {
  const base = postgresDir('dbctl-lt-');
  const [alloc, secrets, local] = ['a', 's', 'l'].map((name) => join(base, name)) as [string, string, string];
  const backups = shared.backups ?? join(base, 'b');
  for (const dir of [alloc, secrets, local, backups]) mkdirAsPostgres(dir);
  symlinkSync(cluster.socket, join(alloc, 'pg'));
  const env = {
    PATH: cluster.env['PATH'],
    NOMAD_ALLOC_DIR: alloc,
    NOMAD_SECRETS_DIR: secrets,
    NOMAD_TASK_DIR: local,
    PGHOST: join(alloc, 'pg'),
    PGPORT: String(cluster.port),
    PGUSER: 'postgres',
    PGDATABASE: 'postgres',
  };
  const here = (text: string): string => text.replaceAll('/backups', backups);
  const nomad = shared.nomad ?? fakeNomad(clock);
  const exec = async (request: ExecRequest): Promise<ExecResult> => {
    request.signal?.throwIfAborted();
    const [command = 'sh', ...args] = request.argv;
    const dir = args.at(-1) ?? '';
    const runEnv = join(alloc, dir, 'run.env');
    // Put with its checksum, so it can only be changed now.
    if (args.some((arg) => arg.includes('setsid sh')) && existsSync(runEnv))
      writeFileSync(runEnv, here(readFileSync(runEnv, 'utf8')));
    const moved = args.map((arg, at) => (at === 1 ? arg : here(arg)));
    const result = await runAsPostgres(command, moved, { env, stdin: request.stdin ?? '' });
    return { kind: 'exited', ...result };
  };
  const pathOf = (path: string): string => join(alloc, path.replace(/^alloc\//, ''));
  const port: NomadPort = {
    ...nomad.port,
    exec,
    readFile: async (_, path) => (existsSync(pathOf(path)) ? readFileSync(pathOf(path), 'utf8') : undefined),
    listFiles: async (_, path) =>
      existsSync(pathOf(path)) ? readdirSync(pathOf(path)).map((Name) => ({ Name, IsDir: false, Size: 0 })) : [],
  };
  mkdirAsPostgres(join(alloc, 'dbctl'));
  return {
    nomad,
    port,
    backups,
    secrets,
    alloc,
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}
