import { DbctlError } from '../errors/dbctl-error.js';
import { suggest } from '../inventory/suggest.js';
import type { InventoryService } from '../inventory/types.js';
import type { MoveArtifacts } from '../pipeline/context.js';
import { readUndoKit } from '../pipeline/undo-kit.js';
import { serviceName } from '../plan/names.js';
import type { ServicePlan } from '../plan/types.js';
import type { UseCaseDeps } from './deps.js';
import type { OpenRun } from './run-move.js';
import { type Kept, moved, textsOf } from './run-texts.js';

/** Everything decided before the first effect. Saved with the run, so that resume and rollback act on the same texts. */
export interface PreparedRun extends Kept {
  readonly plan: ServicePlan;
  readonly artifacts: MoveArtifacts;
}

const pathOf = (deps: UseCaseDeps, run: string): string => `${deps.store.stateDir}/runs/${run}/prepared.json`;

/** 0600: an operator's jobspec may hold what should not be in it. */
export const savePrepared = (deps: UseCaseDeps, prepared: PreparedRun): Promise<void> =>
  deps.files.write(pathOf(deps, prepared.run), `${JSON.stringify(prepared, null, 2)}\n`, 0o600);

/**
 * From beside the journal, else from this machine, else from the backup volume through the service's own toolbox.
 * Throws RUN_NOT_FOUND.
 */
export async function loadPrepared({ deps, journal }: OpenRun, service: string, run: string): Promise<PreparedRun> {
  const { job } = requireService(deps, service);
  const beside = textsOf<PreparedRun>(journal.texts, run);
  if (beside) return here(deps, beside);
  const kit = async (of: string): Promise<string | undefined> => await readUndoKit(deps, { job: of, service, run });
  const text = (await deps.files.read(pathOf(deps, run))) ?? (await kit(job)) ?? (await kit(serviceName(service)));
  if (text !== undefined) return here(deps, JSON.parse(text) as PreparedRun);
  throw new DbctlError(
    'RUN_NOT_FOUND',
    'the texts of this run are neither in Nomad, nor here, nor on the backup volume',
    {
      where: pathOf(deps, run),
      value: run,
      next: 'copy that file from the machine that began the run',
    },
  );
}

/** The operator's files are where dbctl.yaml is on this machine. */
function here({ home }: UseCaseDeps, prepared: PreparedRun): PreparedRun {
  const { artifacts } = prepared;
  const to = { from: prepared.home, to: home };
  const { database } = artifacts;
  return {
    ...prepared,
    home,
    artifacts: {
      ...artifacts,
      path: moved(artifacts.path, to),
      ...(database ? { database: { ...database, path: moved(database.path, to) } } : {}),
    },
  };
}

export function requireService(deps: UseCaseDeps, name: string): InventoryService {
  const service = deps.inventory.services.find((entry) => entry.name === name);
  if (service) return service;
  const names = deps.inventory.services.map((entry) => entry.name);
  const near = suggest(name, names);
  throw new DbctlError('SERVICE_UNKNOWN', 'the service is not in the inventory', {
    where: deps.inventory.path,
    value: name,
    details: [`known: ${names.join(', ') || 'none'}`],
    next: near === undefined ? 'dbctl plan shows every service' : `did you mean ${near}? dbctl plan ${near}`,
  });
}
