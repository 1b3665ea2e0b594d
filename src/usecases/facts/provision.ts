import { dirname, join, posix } from 'node:path';
import { z } from 'zod';
import { availableExtensionsSql, existingRolesSql } from '../../engines/postgres/new-database.js';
import type { InventoryService } from '../../inventory/types.js';
import { isUnusable, type SourceFacts, type Unusable } from '../../plan/facts.js';
import { allocationFacts, isLive } from '../../plan/node-json.js';
import { ownJobId } from '../../plan/provision/build-provision-plan.js';
import type { ProvisionFacts } from '../../plan/provision/facts.js';
import type { ProvisionKind, ProvisionRequest } from '../../plan/provision/types.js';
import type { Dependent } from '../../plan/types.js';
import { type Hcl, presetForNewApp, unsplice } from '../../render/index.js';
import type { Secret } from '../../shared/secret.js';
import { appEnvironments } from './app-environment.js';
import { type ClusterFacts, collectClusterFacts } from './cluster.js';
import type { FactsDeps } from './facts-deps.js';
import { type Jobspec, parseJobspec, readJobspec } from './jobspec.js';
import { readingSql } from './reading-sql.js';
import { collectSource } from './source.js';
import { flawOf } from './vault.js';

export interface ProvisionScope {
  readonly request: ProvisionRequest;
  readonly service: InventoryService;
  readonly inventoryAdds: boolean;
  readonly dataVolume: string | null;
  /** The service is made once more: its files may hold the part of the database that was lost. */
  readonly again?: boolean;
}

/** Reads everything the plan of a provision is decided from; changes nothing, may be repeated. */
export const collectProvisionFacts = async (deps: FactsDeps, scope: ProvisionScope): Promise<ProvisionFacts> => {
  const { service, request } = scope;
  const cluster = await collectClusterFacts(deps, deps.inventory.services);
  const own = withoutPart(await deps.hcl(), await readJobspec(deps, service, {}), scope);
  const alone = scope.again === true && (await hasOwnJobFile(deps, service));
  const kind = alone ? 'own-job' : kindOf(request, !('code' in own));
  const path = pathOf(deps, service, kind);
  const spec = kind === 'splice' ? specOf(await parseJobspec(deps, service, own)) : null;
  const id = kind === 'own-job' ? ownJobId(service.name) : kind === 'shared' ? deps.inventory.shared.job : service.job;
  const job = (await deps.nomad.job(id)) ?? null;
  const live = job === null || kind !== 'splice' ? [] : (await deps.nomad.allocations(id)).filter(isLive);
  const allocations = live.map((stub) => allocationFacts(cluster.allocations.get(stub.ID) ?? stub));
  const app = spec === null || isUnusable(spec) ? [] : await appEnvironments(deps, spec, service, allocations);
  const source = await collectSource(deps, { ...service, databases: [], role: null }, [], cluster);
  const names = [...new Set([...app.flatMap(({ role }) => role ?? []), request.role ?? service.role ?? service.name])];
  const secret = await deps.vault.read(service.vault.mount, service.vault.path);
  return {
    ...{ kind, job, spec, app, allocations, source },
    file: { path, exists: (await deps.files.read(resolved(deps, path))) !== undefined },
    ...{ nodes: cluster.nodes, ports: cluster.ports, volumes: cluster.volumes },
    extensions: await knownExtensions(deps, service, source, kind),
    roles: isUnusable(source) ? [] : await ask(deps, source, existingRolesSql(names)),
    secret:
      secret === undefined
        ? null
        : { keys: Object.keys(secret.data), ...passwordFacts(secret.data[service.vault.key]) },
    dataVolume: scope.dataVolume,
    asked: request.databases,
    presetKnown: service.app !== null && presetForNewApp(service.app) !== undefined,
    inventoryAdds: scope.inventoryAdds,
    dependents: kind === 'shared' ? sharedDependents(source, cluster) : [],
  };
};

/** Whether an unquoted line of an environment file and a URL hold it as it is. */
const passwordFacts = (
  password: Secret | undefined,
): Pick<NonNullable<ProvisionFacts['secret']>, 'flaw' | 'plain'> => ({
  flaw: password === undefined ? null : flawOf(password),
  plain: password === undefined || /^[\x21-\x7e]*$/.test(password.reveal().replace(/["'\\`$#]/g, ' ')),
});

const kindOf = (request: ProvisionRequest, hasSpec: boolean): ProvisionKind => {
  if (request.shared) return 'shared';
  if (hasSpec) return 'splice';
  return request.image === null ? 'own-job' : 'new-app';
};

const specOf = (file: Awaited<ReturnType<typeof parseJobspec>>): ProvisionFacts['spec'] =>
  'job' in file ? file.job : file;

/** As it was before there was a database in it: where the part is, it says what it replaced. */
function withoutPart(hcl: Hcl, spec: Jobspec | Unusable, { again, service }: ProvisionScope): Jobspec | Unusable {
  if (again !== true || 'code' in spec || spec.source.Format === 'json') return spec;
  const Source = unsplice(hcl, spec.source.Source, service.group ?? undefined);
  return { ...spec, source: { ...spec.source, Source } };
}

const hasOwnJobFile = async (deps: FactsDeps, service: InventoryService): Promise<boolean> =>
  (await deps.files.read(resolved(deps, pathOf(deps, service, 'own-job')))) !== undefined;

/** New files go beside the others. */
const pathOf = (deps: FactsDeps, service: InventoryService, kind: ProvisionKind): string => {
  const { shared, services } = deps.inventory;
  if (kind === 'shared') return shared.jobspec ?? '';
  if (kind !== 'own-job' && service.jobspec !== null) return service.jobspec;
  const beside = service.jobspec ?? shared.jobspec ?? services.find(({ jobspec }) => jobspec !== null)?.jobspec;
  const name = kind === 'own-job' ? ownJobId(service.name) : service.name;
  return posix.join(beside ? dirname(beside) : 'jobs', `${name}.nomad.hcl`);
};

export const resolved = (deps: Pick<FactsDeps, 'home'>, path: string): string =>
  path.startsWith('/') ? path : join(deps.home, path);

const nameRow = z.object({ name: z.string() });

const ask = async (deps: FactsDeps, source: SourceFacts, sql: string): Promise<string[]> => {
  const target = { allocId: source.allocId, task: deps.inventory.shared.task, database: 'postgres' };
  return z
    .array(nameRow)
    .parse(await readingSql(deps.sql).run(target, sql, { signal: deps.signal }))
    .map(({ name }) => name);
};

/** The shared instance tells about the new server only where both run the same programs. */
const knownExtensions = async (
  deps: FactsDeps,
  service: InventoryService,
  source: SourceFacts | Unusable,
  kind: ProvisionKind,
): Promise<string[] | null> => {
  if (isUnusable(source) || service.extensions.length === 0) return null;
  const same = kind === 'shared' || (service.image === 'same-as-source' && service.driver === source.driver);
  return same && service.major === null ? await ask(deps, source, availableExtensionsSql()) : null;
};

/** Everybody on the shared instance: a restart of its job touches them all. */
const sharedDependents = (source: SourceFacts | Unusable, { jobs }: ClusterFacts): Dependent[] => {
  if (isUnusable(source)) return [];
  const system = new Set(['postgres', 'template0', 'template1']);
  return source.databases
    .filter((name) => !system.has(name))
    .map((name) => {
      const job = jobs.find(({ ID }) => ID === name);
      return {
        kind: 'job',
        name,
        detail: job === undefined ? 'a database there' : `a database there, and job ${job.ID}`,
      };
    });
};
