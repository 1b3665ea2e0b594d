import { createHash, randomUUID } from 'node:crypto';
import { isDbctlError } from '../../errors/dbctl-error.js';
import type { InventoryService } from '../../inventory/types.js';
import type { AppLook, ClusterLook } from '../../plan/doctor/facts.js';
import type { AllocationFacts, AppEnvironment } from '../../plan/facts.js';
import { allocationFacts, isLive } from '../../plan/node-json.js';
import { presetById } from '../../render/index.js';
import type { Secret } from '../../shared/secret.js';
import { appEnvironments } from '../facts/app-environment.js';
import { askTask } from '../facts/ask-task.js';
import type { LookDeps } from './deps.js';

/** What the service's tasks really see. A service without a job has none. */
export async function environmentsOf(
  deps: LookDeps,
  service: InventoryService,
  cluster: ClusterLook,
): Promise<AppEnvironment[]> {
  const job = cluster.jobs.find(({ ID }) => ID === service.job);
  return job === undefined ? [] : await appEnvironments(deps, job, service, allocationsOf(service, cluster));
}

export const allocationsOf = (service: InventoryService, { allocations }: ClusterLook): AllocationFacts[] =>
  allocations.filter((alloc) => alloc.JobID === service.job && isLive(alloc)).map(allocationFacts);

/**
 * Prints a salted SHA-256 of each named variable that is set, so that the password itself never leaves the task. $1 salt, then
 * `plain:KEY` or `url:KEY`.
 */
export const HASH_SCRIPT = `salt=$1; shift
for arg in "$@"; do
  key=\${arg#*:}
  case $key in ''|[0-9]*|*[!A-Za-z0-9_]*) continue ;; esac
  eval "value=\\\${$key-}"
  case $arg in
    url:*) case $value in *://*:*@*) value=\${value#*://}; value=\${value%@*}; value=\${value#*:} ;; *) value= ;; esac ;;
  esac
  [ -n "$value" ] || continue
  sum=$(printf '%s%s' "$salt" "$value" | sha256sum) || continue
  printf '%s\\n' "\${sum%% *}"
done`;

/** Whether each running task was given the password that Vault has now. */
export async function taskPasswords(
  deps: LookDeps,
  allocations: readonly AllocationFacts[],
  environments: readonly AppEnvironment[],
  password: Secret | undefined,
): Promise<AppLook['passwords']> {
  return await Promise.all(
    environments.map(async (app) => ({
      task: app.task,
      current: password === undefined ? null : await hasPassword(deps, allocations, app, password),
    })),
  );
}

async function hasPassword(
  deps: LookDeps,
  allocations: readonly AllocationFacts[],
  { group, task, preset }: AppEnvironment,
  password: Secret,
): Promise<boolean | null> {
  const alloc = allocations.find((one) => one.group === group && one.clientStatus === 'running');
  const keys = (presetById(preset)?.keys ?? [])
    .filter(({ role, inFile }) => inFile !== true && (role === 'password' || role === 'url'))
    .map(({ key, role }) => `${role === 'url' ? 'url' : 'plain'}:${key}`);
  if (alloc === undefined || keys.length === 0) return null;
  const salt = randomUUID();
  const question = { allocId: alloc.id, task, script: HASH_SCRIPT, args: [salt, ...keys] };
  const answer = await askTask(deps.nomad, question, deps.signal).catch((error: unknown) => {
    if (isDbctlError(error, 'EXEC_FAILED') || isDbctlError(error, 'EXEC_UNKNOWN')) return { unreadable: error.message };
    throw error;
  });
  const sums = 'unreadable' in answer ? [] : answer.lines.filter((line) => /^[0-9a-f]{64}$/.test(line));
  return sums.length === 0 ? null : sums.every((sum) => expected(password, salt).has(sum));
}

/** As it is, and as a URL holds it. */
const expected = (password: Secret, salt: string): Set<string> => {
  const text = password.reveal();
  const forms = [text, encodeURIComponent(text)];
  return new Set(forms.map((form) => createHash('sha256').update(`${salt}${form}`).digest('hex')));
};
