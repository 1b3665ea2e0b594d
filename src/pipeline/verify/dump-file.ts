import { type Evidence, parseEvidence } from '../../engines/postgres/evidence.js';
import type { VerifyCheck } from '../../report/verify-report.js';
import type { MoveContext } from '../context.js';
import { stepOf } from '../folders.js';
import { type Toolbox, toolboxOf } from '../live.js';
import type { RecordedDump } from '../steps/dump.js';
import { inToolbox, toolboxRun } from '../toolbox-run.js';
import { outcome } from './outcome.js';

/** The move's dump, read whole, and the evidence that lies beside it. Throws ARTIFACT_CORRUPT, TOOLBOX_FAILED. */
export async function readDump(
  ctx: MoveContext,
  { database, folder, bytes, manifestSha256 }: RecordedDump,
): Promise<{ check: VerifyCheck; evidence: Evidence }> {
  const toolbox = await toolboxOf(ctx);
  // Of its own each time: a look that was taken before says nothing about the dump now.
  const step = stepOf(`look-${ctx.clock.now().getTime()}`, database);
  const env = { IN: folder, MANIFEST_SHA256: manifestSha256 };
  try {
    const done = await toolboxRun(ctx, toolbox, { step, script: 'check-dump.sh', env, total: bytes, once: true });
    const { files } = JSON.parse(await done.read('manifest.json')) as { files: number };
    const evidence = parseEvidence(await done.read('evidence.jsonl'));
    return { evidence, check: outcome('dump', database, `${files} files of ${bytes} bytes read whole: ${folder}`) };
  } finally {
    await forget(ctx, toolbox, step);
  }
}

const forget = (ctx: MoveContext, toolbox: Toolbox, step: string): Promise<unknown> =>
  inToolbox(
    ctx,
    toolbox,
    'cd "$NOMAD_ALLOC_DIR/dbctl/$1"; rm -rf -- "$2"; rmdir -- "${2%/*}" 2>/dev/null || :',
    ctx.run,
    step,
  ).catch(() => undefined);
