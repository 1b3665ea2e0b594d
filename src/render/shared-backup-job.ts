import { DbctlError } from '../errors/dbctl-error.js';
import { sharedToolbox, TASKS } from '../plan/names.js';
import type { BackupElsewhere, DatabasePart } from '../plan/types.js';
import { fileName } from '../shared/file-name.js';
import { shQuote } from '../shared/quote.js';
import { elsewhereEnv, elsewhereFiles } from './backup-files.js';
import { backupVolumeOf } from './database-part.js';
import { renderTemplate } from './handlebars.js';
import { goString, goTemplateLiteral } from './helpers/go-template.js';
import { hclString } from './helpers/hcl.js';
import { aligned, complete, pathRow, type Row, script, type TaskPart, type TaskShape } from './part-tasks.js';
import { readBackupTemplate } from './templates.js';

/** The job that backs up a whole shared instance over TCP. Names are raw; everything is escaped here. */
export interface SharedBackup {
  readonly jobId: string;
  readonly namespace: string;
  readonly datacenters: readonly string[];
  /** Where the backup volume is; `undefined` when it is not bound to a node. */
  readonly nodeId: string | undefined;
  readonly server: {
    readonly job: string;
    /** Looked up anew whenever it moves; `null`: it is registered nowhere, and the address is all there is. */
    readonly registered: { readonly with: 'nomad' | 'consul'; readonly service: string } | null;
    readonly address: string;
    readonly port: number;
    readonly user: string;
  };
  readonly driver: DatabasePart['driver'];
  readonly image: string | undefined;
  readonly major: number;
  readonly backupVolume: DatabasePart['backupVolume'];
  /** KV v2 API path of the admin's password, its key, and the role of dbctl's own jobs. */
  readonly vault: { readonly path: string; readonly key: string; readonly role: string };
  readonly resources: { readonly cpu: number; readonly memory: number };
  /** `backup.env`: what backup.sh and its schedule go by. */
  readonly settings: Readonly<Record<string, string>>;
  readonly elsewhere: BackupElsewhere;
}

/** A complete jobspec; the same input gives the same bytes. Throws NAME_UNSAFE, JOBSPEC_UNSUPPORTED. */
export function renderSharedBackupJob(job: SharedBackup): string {
  if (job.driver === 'raw_exec')
    throw new DbctlError('JOBSPEC_UNSUPPORTED', 'raw_exec cannot mount a volume', {
      next: 'set `driver: exec` or a container driver',
    });
  const part = partOf(job);
  return renderTemplate(readBackupTemplate('shared-job.hcl'), {
    jobId: job.jobId,
    namespace: job.namespace,
    datacenters: `[${job.datacenters.map(hclString).join(', ')}]`,
    nodeId: job.nodeId ?? null,
    volume: backupVolumeOf(job),
    task: { ...complete(part, shapeOf(job)), env: envOf(part) },
  });
}

const partOf = ({ driver, image, major, vault, server }: SharedBackup): TaskPart => ({
  ...{ driver, major, vault, port: server.port, network: 'host', purpose: 'service' },
  ...(image === undefined ? {} : { image }),
});

const shapeOf = (job: SharedBackup): TaskShape => ({
  name: TASKS.toolbox,
  script: 'toolbox.sh',
  lifecycle: null,
  resources: job.resources,
  vault: true,
  mounts: [{ volume: job.backupVolume.label, destination: '/backups', readOnly: false }],
  files: [
    script('toolbox.sh', toolboxText(job)),
    script('backup.env', settingsText(job.settings) + elsewhereEnv(job.elsewhere)),
    { destination: 'local/server.env', text: serverText(job.server) },
    { destination: 'secrets/admin', secret: adminText(job) },
    ...elsewhereFiles(sharedToolbox(job.jobId), job.elsewhere),
  ],
});

const toolboxText = ({ server, settings }: SharedBackup): string =>
  renderTemplate(readBackupTemplate('shared-toolbox.sh'), {
    dir: `/backups/${fileName(server.job)}`,
    programs: settings['PROGRAMS'] ?? '',
  });

const settingsText = (settings: SharedBackup['settings']): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key}=${shQuote(value)}\n`)
    .join('');

/** Of several instances the last counts; without one there is no host, which the program says. */
function serverText({ registered, address, port, user }: SharedBackup['server']): string {
  const who = goTemplateLiteral(`PGUSER=${shQuote(user)}\n`);
  if (registered === null) return goTemplateLiteral(`PGHOST=${shQuote(address)}\nPGPORT='${port}'\n`) + who;
  const lookup = registered.with === 'nomad' ? 'nomadService' : 'service';
  const found = `{{ range ${lookup} ${goString(registered.service)} }}PGHOST='{{ .Address }}'\nPGPORT='{{ .Port }}'\n{{ end }}`;
  return found + who;
}

/** A line of libpq's password file, which escapes `:` and `\`. The task knows one server, so it need not be named. */
const adminText = ({ vault, server }: SharedBackup): string => {
  const user = goTemplateLiteral(server.user.replaceAll(/[:\\]/g, '\\$&'));
  const escaped = `replaceAll ${goString('\\')} ${goString('\\\\')} | replaceAll ":" ${goString('\\:')}`;
  const value = `{{ index .Data.data ${goString(vault.key)} | ${escaped} }}`;
  return `*:*:*:${user}:{{ with secret ${goString(vault.path)} }}${value}{{ end }}`;
};

const envOf = (part: TaskPart): { key: string; value: string }[] => {
  const rows: Row[] = [['PGDATABASE', '"postgres"'], ['PGCONNECT_TIMEOUT', '"5"'], ...pathRow(part)];
  return aligned(rows);
};
