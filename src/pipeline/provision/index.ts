import type { Step } from '../step.js';
import { checkStep } from './check.js';
import type { ProvisionContext } from './context.js';
import { adoptStep } from './fill/adopt.js';
import { compareStep } from './fill/compare.js';
import { importStep } from './fill/import.js';
import { rolesStep } from './fill/roles.js';
import { releaseStep, takeStep } from './fill/take.js';
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

/** From a backup in place of an empty database. */
export const FILL_STEPS: readonly Step<ProvisionContext>[] = [
  checkStep,
  secretStep,
  volumesStep,
  startStep,
  takeStep,
  rolesStep,
  importStep,
  compareStep,
  adoptStep,
  proveStep,
  openStep,
  settleStep,
  releaseStep,
];

export const SHARED_STEPS: readonly Step<ProvisionContext>[] = [
  checkStep,
  secretStep,
  sharedMakeStep,
  sharedProveStep,
  sharedSettleStep,
];
