import type { Step } from '../step.js';
import { backDump, backFence, backRestore, backVerify } from './back.js';
import { backProve, backSettle, backSwitch } from './back-switch.js';
import { dump } from './dump.js';
import { fence } from './fence.js';
import { finalDrop, finalGate, finalTidy } from './finalize.js';
import { gateIn } from './gate-in.js';
import { importStep } from './import.js';
import { lostRestore, lostStop, lostSwitch } from './lost.js';
import { lostSettle, lostStart } from './lost-app.js';
import { open } from './open.js';
import { preflight } from './preflight.js';
import { prove } from './prove.js';
import { rehearse } from './rehearse.js';
import { firstBackup, settle } from './settle.js';
import { stage } from './stage.js';
import { startDatabase } from './start-database.js';
import { verify } from './verify.js';

/** These lists are the pipelines. */
export const MIGRATE_STEPS: readonly Step[] = [
  preflight,
  stage,
  rehearse,
  startDatabase,
  gateIn,
  fence,
  dump,
  importStep,
  verify,
  open,
  prove,
  settle,
  firstBackup,
];

export const REHEARSE_STEPS: readonly Step[] = [preflight, stage, rehearse];

export const ROLLBACK_STEPS: readonly Step[] = [
  backFence,
  backDump,
  backRestore,
  backVerify,
  backSwitch,
  backProve,
  backSettle,
];

/** `accepted`: tables that rightly are empty or gone by now. */
export const finalizeSteps = (accepted: readonly string[]): readonly Step[] => [
  finalGate(accepted),
  finalDrop,
  finalTidy,
];
/** The way back without the dedicated database; a restore comes first when it is by a backup. */
export const LOST_STEPS: readonly Step[] = [lostRestore, lostStop, lostSwitch, lostStart, lostSettle];
