import { goesElsewhere, secretsVariable, type ToolboxTask, toolsFolder } from '../plan/backup-part.js';
import type { BackupElsewhere, BackupPart, DatabasePart } from '../plan/types.js';
import { fileName } from '../shared/file-name.js';
import { shQuote } from '../shared/quote.js';
import { fetchedDatabases } from './fetched-names.js';
import { goString, goTemplateLiteral } from './helpers/go-template.js';

type Rows = readonly (readonly [key: string, value: string | number])[];

/** Settings of the backup programs: POSIX assignments, lists numbered from 1 with their length under the bare name. */
export function backupEnv(part: DatabasePart, backup: BackupPart): string {
  const rows: Rows = [
    ['SERVICE', part.service],
    ['SERVICE_DIR', `/backups/${part.service}`],
    ['PROGRAMS', backup.programs],
    ['SCHEDULE', backup.schedule],
    ['ZONE', backup.zone],
    ['DATABASES', part.databases.length],
  ];
  return assignments(rows) + databaseLines(part) + assignments(keepRows(backup)) + elsewhereEnv(backup);
}

const keepRows = (backup: BackupPart): Rows => [
  ['KEEP_LAST', backup.keep.last],
  ['KEEP_DAILY', backup.keep.daily],
  ['KEEP_WEEKLY', backup.keep.weekly],
  ['KEEP_MONTHLY', backup.keep.monthly],
  ['LOCK_WAIT', backup.lockWaitSeconds],
];

/** A folder's name as `fileName` makes it, for a database whose name is known at run time only. */
const FOLDER_OF = `folder_of() {
  printf '%s' "$1" | od -An -v -tu1 | awk '{
    for (i = 1; i <= NF; i++) {
      b = $i + 0
      plain = (b >= 48 && b <= 57) || (b >= 65 && b <= 90) || (b >= 97 && b <= 122) || b == 95 || (b == 45 && n > 0)
      out = out (plain ? sprintf("%c", b) : (n > 0 ? "" : "-") sprintf(".%02x", b))
      n++
    }
  } END { printf "%s", out }'
}
`;

function databaseLines(part: DatabasePart): string {
  const fetched = fetchedDatabases(part);
  const lines = part.databases.map(({ name, lookup }, at) => {
    const file = `database-${at + 1}`;
    if (lookup === undefined)
      return assignments([
        [`DATABASE_${at + 1}`, name],
        [`FOLDER_${at + 1}`, fileName(name)],
      ]);
    return `DATABASE_${at + 1}=$(cat "$NOMAD_SECRETS_DIR/${file}")\nFOLDER_${at + 1}=$(folder_of "$DATABASE_${at + 1}")\n`;
  });
  return (fetched.length === 0 ? '' : FOLDER_OF) + lines.join('');
}

const assignments = (rows: Rows): string => rows.map(([key, value]) => `${key}=${shQuote(String(value))}\n`).join('');

export const elsewhereEnv = (backup: BackupElsewhere): string => assignments(elsewhere(backup));

/** rclone and age lie on the backup volume: an artifact that is away would keep the app from starting (ADR 0013). */
const elsewhere = ({ offsite, tools, recipients, notify }: BackupElsewhere): Rows => [
  ...(goesElsewhere({ offsite, notify }) ? ([['TOOLS', toolsFolder(tools)]] satisfies Rows) : []),
  ['OFFSITE', offsite.length],
  ...offsite.flatMap(
    ({ name, remotePath, prune }, index): Rows => [
      [`OFFSITE_${index + 1}_NAME`, name],
      [`OFFSITE_${index + 1}_REMOTE`, `offsite${index + 1}:${remotePath}`],
      [`OFFSITE_${index + 1}_PRUNE`, prune ? 1 : 0],
    ],
  ),
  ['AGE_RECIPIENTS', recipients.join(' ')],
  ['NOTIFY', notify.length],
  ...notify.flatMap(
    ({ kind, on }, index): Rows => [
      [`NOTIFY_${index + 1}_KIND`, kind],
      [`NOTIFY_${index + 1}_ON`, on.join(' ')],
    ],
  ),
];

/** A variable or an item that is not there is empty text: the task starts whatever is missing (ADR 0013). */
const item = (task: ToolboxTask, key: string, filter = ''): string => {
  const path = goString(secretsVariable(task));
  return `{{ if nomadVarExists ${path} }}{{ with nomadVar ${path} }}{{ (index . ${goString(key)}).Value${filter} }}{{ end }}{{ end }}`;
};

/** One section for each target: what the inventory says, then the lines that were put for it. */
const rcloneConf = (task: ToolboxTask, { offsite }: BackupElsewhere): string =>
  offsite
    .map(({ options }, index) => {
      const known = Object.entries(options).map(([key, value]) => `${key} = ${value}\n`);
      const head = `[offsite${index + 1}]\n${known.join('')}`;
      return `${goTemplateLiteral(head)}${item(task, `offsite_${index + 1}`)}\n`;
    })
    .join('');

/** In single quotes for a shell, a quote inside as shQuote writes it. */
const SINGLE_QUOTED = ` | replaceAll "'" ${goString(`'\\''`)}`;

const notifyEnv = (task: ToolboxTask, { notify }: BackupElsewhere): string =>
  notify.map((_, index) => `NOTIFY_${index + 1}_URL='${item(task, `notify_${index + 1}`, SINGLE_QUOTED)}'\n`).join('');

/** The files with credentials that a toolbox's task gets out of its variable. */
export const elsewhereFiles = (
  task: ToolboxTask,
  backup: BackupElsewhere,
): { readonly destination: string; readonly text: string }[] => [
  ...(backup.offsite.length > 0 ? [{ destination: 'secrets/rclone.conf', text: rcloneConf(task, backup) }] : []),
  ...(backup.notify.length > 0 ? [{ destination: 'secrets/notify.env', text: notifyEnv(task, backup) }] : []),
];
