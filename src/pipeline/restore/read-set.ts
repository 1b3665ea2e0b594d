import { parseBackupManifest } from '../../dataplane/read-catalog.js';
import { runDir } from '../../dataplane/task-ref.js';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { BackupManifest } from '../../report/backup-catalog.js';
import type { Toolbox } from '../live.js';
import { inToolbox, type ToolboxContext } from '../toolbox-run.js';
import type { FoundSet } from './context.js';

const FILE = 'set.json';
const COPY = `if [ -f "$1/manifest.json" ]; then
  mkdir -p "$NOMAD_ALLOC_DIR/$2"
  cp "$1/manifest.json" "$NOMAD_ALLOC_DIR/$2/${FILE}.tmp"
  mv -f "$NOMAD_ALLOC_DIR/$2/${FILE}.tmp" "$NOMAD_ALLOC_DIR/$2/${FILE}"
else
  rm -f -- "$NOMAD_ALLOC_DIR/$2/${FILE}"
fi`;

/** The manifest of a set in a folder of the toolbox. Throws BACKUP_NOT_FOUND, ARTIFACT_CORRUPT. Repeatable. */
export async function readSet(
  ctx: ToolboxContext & { readonly plan: { readonly service: string } },
  toolbox: Toolbox,
  of: { readonly id: string; readonly folder: string },
): Promise<FoundSet> {
  const dir = runDir({ ...toolbox, run: ctx.run, step: 'set' });
  await inToolbox(ctx, toolbox, COPY, of.folder, dir);
  const text = await ctx.nomad.readFile(toolbox.allocId, `alloc/${dir}/${FILE}`);
  if (text === undefined)
    throw new DbctlError('BACKUP_NOT_FOUND', 'the backup is not there, or was never finished', {
      where: of.folder,
      value: of.id,
      next: `dbctl restore ${ctx.plan.service} --offsite <target>, or another one by --from <id>`,
    });
  return requireOurs(parseBackupManifest(text, `${of.folder}/manifest.json`), of, ctx.plan.service);
}

function requireOurs(
  { id, service, started, finished, server, databases, files }: BackupManifest,
  of: { readonly id: string; readonly folder: string },
  expected: string,
): FoundSet {
  if (id !== of.id || service !== expected)
    throw new DbctlError('ARTIFACT_CORRUPT', 'the manifest is of another backup', {
      where: of.folder,
      value: `${service} ${id}, not ${expected} ${of.id}`,
    });
  return {
    ...{ id, folder: of.folder, started, finished, serverVersion: server.version },
    systemIdentifier: server.systemIdentifier,
    globalsSha256: files.find(({ path }) => path === 'globals.sql')?.sha256 ?? null,
    databases: databases.map(({ database, folder, sizeBytes, bytes, rows, manifestSha256 }) => ({
      ...{ database, folder, sizeBytes, bytes, rows, manifestSha256 },
    })),
  };
}
