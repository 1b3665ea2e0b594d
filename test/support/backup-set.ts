import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { BackupKind, BackupManifest } from '../../src/report/backup-catalog.js';
import { fileName } from '../../src/shared/file-name.js';
import { mkdirAsPostgres, runAsPostgres, type TestCluster, writeAsPostgres } from './postgres.js';
import { dumpStep } from './toolbox.js';

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

export interface SetOptions {
  readonly cluster: TestCluster;
  /** What the tasks see as `/backups/<service>`. */
  readonly home: string;
  readonly service: string;
  readonly databases: readonly string[];
  readonly counter: number;
  readonly kind?: BackupKind;
}

/** A whole backup set, made by dump.sh itself, and its manifest. */
export async function makeSet({
  cluster,
  home,
  service,
  databases,
  counter,
  kind = 'scheduled',
}: SetOptions): Promise<BackupManifest> {
  const started = new Date();
  const stamp = `${started.toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
  const id = `${String(counter).padStart(6, '0')}-${stamp}`;
  const set = join(home, 'sets', id);
  const found: BackupManifest['databases'][number][] = [];
  for (const dir of [home, dirname(set), set]) mkdirAsPostgres(dir);
  for (const database of databases) {
    const folder = fileName(database);
    const { out } = await dumpStep(cluster, database, { name: `set-${counter}-${folder}` });
    await runAsPostgres('cp', ['-a', out, join(set, folder)]);
    found.push(databaseOf(join(set, folder), database, folder));
  }
  const paths = readdirSync(set, { recursive: true, encoding: 'utf8' })
    .map((name) => join(set, name))
    .filter((path) => statSync(path).isFile());
  const files = paths.map((path) => ({ path: relative(set, path), bytes: statSync(path).size, sha256: sha256(path) }));
  const version = Number((await cluster.psql('show server_version_num')).stdout);
  const manifest: BackupManifest = {
    schema: 'dbctl.backup/1',
    ...{ id, counter, service, kind },
    started: started.toISOString(),
    finished: new Date().toISOString(),
    server: { systemIdentifier: '1', version, pgDump: 'pg_dump' },
    databases: found,
    files,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  writeAsPostgres(join(set, 'manifest.json'), JSON.stringify(manifest));
  return manifest;
}

function databaseOf(dump: string, database: string, folder: string): BackupManifest['databases'][number] {
  const manifest = JSON.parse(readFileSync(join(dump, 'manifest.json'), 'utf8')) as { bytes: number };
  return {
    ...{ database, folder, oid: 1, sizeBytes: 8_000_000, bytes: manifest.bytes, tables: 1, rows: 1 },
    manifestSha256: sha256(join(dump, 'manifest.json')),
    evidenceSha256: sha256(join(dump, 'evidence.jsonl')),
  };
}
