import type { Step } from '../step.js';
import { appStep } from './app-step.js';
import type { RestoreContext } from './context.js';
import { importStep, makeStep } from './import-step.js';
import { lookStep } from './look-step.js';
import { safetyStep } from './safety-step.js';
import { setStep } from './set-step.js';
import { swapBackStep, swapStep } from './swap-step.js';
import { tidyStep } from './tidy-step.js';
import { verifyStep } from './verify-step.js';

/** These lists are the pipelines. */
export const RESTORE_STEPS: readonly Step<RestoreContext>[] = [
  setStep,
  lookStep,
  safetyStep,
  makeStep,
  importStep,
  verifyStep,
  swapStep,
  appStep('app'),
  tidyStep,
];

/** Of a finished restore. */
export const UNRESTORE_STEPS: readonly Step<RestoreContext>[] = [swapBackStep, appStep('app-back')];

export const restoreSteps = ({ request }: Pick<RestoreContext, 'request'>): readonly Step<RestoreContext>[] =>
  RESTORE_STEPS.filter(({ id }) => id !== 'safety' || request.safety);
