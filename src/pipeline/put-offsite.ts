import type { ErrorCode } from '../errors/codes.js';
import { DbctlError, isDbctlError } from '../errors/dbctl-error.js';
import type { Toolbox } from './live.js';
import { needsNothing, type RenderedOffsite, renderedOffsite, wantedTools } from './offsite-needs.js';
import { putOffsiteSecrets, type SecretsContext } from './put-offsite-secrets.js';
import { areWhole, putTools, type ToolsContext } from './put-tools.js';
import { inToolbox } from './toolbox-run.js';

export interface OffsiteContext extends ToolsContext, SecretsContext {
  readonly plan: ToolsContext['plan'] & SecretsContext['plan'];
}

/**
 * Puts what the copies elsewhere and the messages of a service need: programs onto the backup volume, credentials into the
 * toolbox's variable. Does nothing for a job that was rendered without them; twice is once. What could not be put is returned:
 * local backups go on without it. Throws what ends the run itself, LOCK_LOST and INTERRUPTED.
 */
export async function putOffsite(ctx: OffsiteContext, toolbox: Toolbox): Promise<DbctlError[]> {
  const text = await ctx.nomad.readFile(toolbox.allocId, `${toolbox.task}/local/backup.env`);
  const rendered = renderedOffsite(text ?? '');
  if (needsNothing(rendered)) return [];
  return [
    ...(await problemsOf(ctx, () => toolsFor(ctx, toolbox, rendered))),
    ...(await problemsOf(ctx, () => secretsFor(ctx, toolbox, rendered))),
  ];
}

const OF_THE_RUN: ReadonlySet<ErrorCode> = new Set(['LOCK_LOST', 'INTERRUPTED']);

async function problemsOf(
  { signal }: OffsiteContext,
  put: () => Promise<readonly DbctlError[]>,
): Promise<readonly DbctlError[]> {
  try {
    return await put();
  } catch (error) {
    if (signal.aborted || !isDbctlError(error) || OF_THE_RUN.has(error.code)) throw error;
    return [error];
  }
}

/** The job looks for them by the pin that it was rendered with. */
async function toolsFor(ctx: OffsiteContext, toolbox: Toolbox, { pin }: RenderedOffsite): Promise<DbctlError[]> {
  const wanted = wantedTools(ctx.service);
  if (pin === null || pin === wanted.pin) {
    await putTools(ctx, toolbox, wanted);
    return [];
  }
  if (await areWhole(ctx, toolbox, { ...wanted, pin })) return [];
  return [
    new DbctlError('TOOLS_UNAVAILABLE', 'the job was rendered with other tools than dbctl.yaml names', {
      where: `job ${ctx.plan.target.job}`,
      value: pin,
      next: 'render the job again and run it',
    }),
  ];
}

async function secretsFor(
  ctx: OffsiteContext,
  toolbox: Toolbox,
  rendered: RenderedOffsite,
): Promise<readonly DbctlError[]> {
  const before = await filesNow(ctx, toolbox);
  const { written, missing } = await putOffsiteSecrets(ctx, rendered);
  if (written) await untilWritten(ctx, toolbox, before);
  return missing;
}

/** Nomad writes the task's files anew some seconds after its variable has changed. */
const WRITTEN_MS = 30_000;
const POLL_MS = 500;

const FILES = `for file in rclone.conf notify.env; do
  if [ -f "$NOMAD_SECRETS_DIR/$file" ]; then sha256sum <"$NOMAD_SECRETS_DIR/$file"; else echo -; fi
done`;

const filesNow = (ctx: OffsiteContext, toolbox: Toolbox): Promise<string> => inToolbox(ctx, toolbox, FILES);

/** Not for ever: an item may have been changed that no file shows. */
async function untilWritten(ctx: OffsiteContext, toolbox: Toolbox, before: string): Promise<void> {
  const until = ctx.clock.monotonic() + WRITTEN_MS;
  while ((await filesNow(ctx, toolbox)) === before && ctx.clock.monotonic() < until)
    await ctx.clock.sleep(POLL_MS, ctx.signal);
}

/** One line of a report for what could not be put. */
export const offsiteNote = ({ code, message, where, details, next }: DbctlError): string =>
  [
    `copies elsewhere and messages: ${code}: ${message}${where === undefined ? '' : ` (${where})`}`,
    ...details,
    ...(next === undefined ? [] : [`next: ${next}`]),
  ].join('; ');
