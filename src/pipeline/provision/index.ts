import type { Step } from '../step.js';
import { checkStep } from './check.js';
import type { ProvisionContext } from './context.js';
import { openStep } from './open.js';
import { proveStep } from './prove.js';
import { secretStep } from './secret.js';
import { settleStep } from './settle.js';
import { sharedMakeStep, sharedProveStep, sharedSettleStep } from './shared.js';
import { startStep } from './start.js';
import { volumesStep } from './volumes.js';

/** These lists are the pipelines. */
export const PROVISION_STEPS: readonly Step<ProvisionContext>[] = [
  checkStep,
  secretStep,
  volumesStep,
  startStep,
  proveStep,
  openStep,
  settleStep,
];

export const SHARED_STEPS: readonly Step<ProvisionContext>[] = [
  checkStep,
  secretStep,
  sharedMakeStep,
  sharedProveStep,
  sharedSettleStep,
];
