import type { Inventory, InventoryService } from '../inventory/types.js';
import type { Rights, Workload } from '../render/policies.js';
import { goesElsewhere, secretsVariable } from './backup-part.js';
import { BACKUP_ROLE, serviceName, sharedBackupJob, sharedToolbox, TASKS } from './names.js';

export interface RightsOptions {
  readonly namespace: string;
  readonly auth: string;
  /** Of the JWT login, as `vault auth list` shows it; a mark to fill in where it is not known. */
  readonly accessor: string;
}

/** The smallest set of rights that an inventory needs. A path outside the prefix is named by itself. */
export function rightsOf(inventory: Inventory, options: RightsOptions): Rights {
  const { mount, prefix } = inventory.vault;
  const data = (path: string): string => `${mount}/data/${path}`;
  const others = inventory.services.filter(({ vault }) => folderOf(vault.path) !== prefix || vault.mount !== mount);
  return {
    namespace: options.namespace,
    auth: options.auth,
    rawExec: inventory.services.some(({ driver }) => driver === 'raw_exec'),
    services: [data(`${prefix}/+`), ...others.map(dataPath)],
    variables: [...new Set([...inventory.services.flatMap(variablePaths), ...sharedVariable(inventory)])].sort(),
    copies: [
      ...new Set(
        [...inventory.services, { vault: inventory.vault, backup: inventory.shared.backup }].flatMap(copyPaths),
      ),
    ].sort(),
    denied: [data(inventory.shared.admin)],
    workloads: [
      { name: 'nomad-workloads', paths: [data(`${prefix}/${jobOfToken(options.accessor)}`)] },
      ...ownRole(inventory),
      {
        name: 'dbctl-backup',
        role: BACKUP_ROLE,
        paths: [data(inventory.shared.admin)],
        jobs: [sharedBackupJob(inventory.shared.job)],
      },
    ],
  };
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const dataPath = ({ vault }: InventoryService): string => `${vault.mount}/data/${vault.path}`;

const jobOfToken = (accessor: string): string => `{{identity.entity.aliases.${accessor}.metadata.nomad_job_id}}`;

/** Of credentials that write and that read, of the key that opens what is encrypted, and of addresses of messages. */
const copyPaths = ({
  vault,
  backup: { offsite, encrypt, notify },
}: Pick<InventoryService, 'backup'> & { readonly vault: { readonly mount: string } }): string[] =>
  [
    ...offsite.flatMap(({ secret, read }) => [secret, read]),
    ...(encrypt?.identity ? [encrypt.identity.replace(/#[^#]*$/, '')] : []),
    ...notify.flatMap(({ url }) => (typeof url === 'string' ? [] : [url.path])),
  ].map((path) => `${vault.mount}/data/${path}`);

/** Those of the toolboxes alone: which of the two jobs has it is known when the service has moved. */
function variablePaths({ name, job, group, placement, backup }: InventoryService): string[] {
  if (!goesElsewhere(backup)) return [];
  const ofGroup = secretsVariable({ job, group: group ?? '*', toolbox: TASKS.toolbox });
  const ownJob = secretsVariable({ job: serviceName(name), group: '*', toolbox: TASKS.toolbox });
  return { 'same-group': [ofGroup], 'own-job': [ownJob], auto: [ofGroup, ownJob] }[placement];
}

/** Of the job that backs up the shared instance. */
const sharedVariable = ({ shared: { job, backup } }: Inventory): string[] =>
  goesElsewhere(backup) ? [secretsVariable(sharedToolbox(sharedBackupJob(job)))] : [];

/** The default role reads `<prefix>/<job id>`: a path of another name, or a database in a job of its own, is not that. */
const needsOwnRole = (service: InventoryService, { vault }: Inventory): boolean =>
  service.placement === 'own-job' ||
  service.vault.mount !== vault.mount ||
  service.vault.path !== `${vault.prefix}/${service.job}`;

/** One role, because an inventory names one (`vault.role`). */
function ownRole(inventory: Inventory): Workload[] {
  const services = inventory.services.filter((service) => needsOwnRole(service, inventory));
  if (services.length === 0) return [];
  const jobs = services.flatMap(({ name, job }) => [job, serviceName(name)]);
  return [{ name: inventory.vault.role ?? 'dbctl-databases', paths: services.map(dataPath), jobs: [...new Set(jobs)] }];
}
