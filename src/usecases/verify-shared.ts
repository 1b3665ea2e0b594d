import { DbctlError } from '../errors/dbctl-error.js';
import type { InventoryService } from '../inventory/types.js';
import { runningAlloc } from '../pipeline/live.js';
import { oneByOne } from '../pipeline/one-by-one.js';
import { outcome, skipped } from '../pipeline/verify/outcome.js';
import { ownHealth, readWhole } from '../pipeline/verify/read-database.js';
import type { ServicePlan } from '../plan/types.js';
import type { SqlTarget } from '../ports/sql.js';
import type { VerifyCheck } from '../report/verify-report.js';
import type { UseCaseDeps } from './deps.js';
import { planServices } from './plan.js';
import type { Looked } from './verify-own.js';

/** What can be said of a service on the shared instance: every row can be read, keys are unique, indexes are whole. */
export async function verifyShared(deps: UseCaseDeps, service: InventoryService): Promise<Looked> {
  const [plan] = (await planServices(deps, service.name)).services;
  if (!plan || plan.source.databases.length === 0) throw nothingKnown(service.name, plan);
  const { job, task, port, databases } = plan.source;
  const { ID: allocId } = await runningAlloc(deps, job, task);
  const checks = await oneByOne(databases, ({ name }) => lookAt(deps, { allocId, task, port, database: name }));
  return {
    run: null,
    on: 'shared',
    job,
    checks: [...checks.flat(), password(plan)],
    tables: [],
    notes: ['it was not moved: there is no recorded state to compare with'],
  };
}

async function lookAt(deps: UseCaseDeps, target: SqlTarget): Promise<VerifyCheck[]> {
  const { check, evidence } = await readWhole(deps, target);
  return [check, ...(evidence ? await ownHealth(deps, target, evidence) : [])];
}

const SECRET_CODES = new Set([
  'VAULT_SECRET_MISSING',
  'VAULT_KEY_MISSING',
  'SECRET_MISMATCH',
  'PASSWORD_EMPTY',
  'PASSWORD_LINE_BREAK',
]);

/** The shared server may let anybody in over loopback: the plan compares Vault's password with the role's verifier. */
function password({ findings, source }: ServicePlan): VerifyCheck {
  const found = findings.filter(({ code }) => SECRET_CODES.has(code)).map(({ text }) => text);
  if (findings.some(({ code }) => code === 'SECRET_UNCHECKED'))
    return skipped('password', null, 'it could not be compared with the one of the role');
  return outcome('password', null, `Vault's against the verifier of ${source.role}`, found);
}

const nothingKnown = (service: string, plan: ServicePlan | undefined): DbctlError => {
  const blocked = plan?.findings.filter(({ level }) => level === 'blocked') ?? [];
  const code = blocked.some((finding) => finding.code === 'DATABASE_UNAVAILABLE')
    ? 'DATABASE_UNAVAILABLE'
    : 'DATABASE_NOT_FOUND';
  return new DbctlError(code, 'which database the service uses cannot be told', {
    where: `service ${service}`,
    details: blocked.map(({ code: found, text }) => `${found}: ${text}`),
    next: `dbctl plan ${service}`,
  });
};
