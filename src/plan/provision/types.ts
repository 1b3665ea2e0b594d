import type { DatabasePart, Dependent, Finding, SettingChange } from '../types.js';

/**
 * `splice`: into the operator's own jobspec. `new-app`: a jobspec with app and database. `own-job`: the database alone.
 * `shared`: a further database on the shared instance.
 */
export type ProvisionKind = 'splice' | 'new-app' | 'own-job' | 'shared';

/** What the operator asked for beside the inventory. */
export interface ProvisionRequest {
  readonly service: string;
  readonly app: string | null;
  readonly image: string | null;
  readonly jobspec: string | null;
  readonly databases: readonly string[];
  readonly role: string | null;
  readonly priority: string | null;
  readonly extensions: readonly string[];
  readonly shared: boolean;
  readonly restartShared: boolean;
}

/** Where the new database's content comes from. */
export interface FillPlan {
  /** The service whose backup it is. */
  readonly from: string;
  readonly set: string;
  /** What was committed by then is in it; `null` where no catalog tells. */
  readonly started: string | null;
  /** Name of an off-site target; `null`: the backup volume. */
  readonly offsite: string | null;
  readonly role: { readonly from: string; readonly to: string };
  readonly databases: readonly { readonly from: string; readonly to: string }[];
  readonly major: number;
}

/** Everything that provisioning one service will do. Plain JSON; never a secret. */
export interface ProvisionPlan {
  readonly service: string;
  readonly kind: ProvisionKind;
  readonly state: 'provision' | 'blocked';
  /** The job that is registered, and the index it was seen with; 0 = it does not exist. */
  readonly job: { readonly id: string; readonly group: string; readonly jobspec: string; readonly modifyIndex: number };
  readonly app: {
    readonly preset: string;
    readonly tasks: readonly string[];
    readonly settings: readonly SettingChange[];
  };
  readonly target: DatabasePart;
  readonly address: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly node: { readonly id: string; readonly name: string };
  readonly adds: { readonly cpu: number; readonly memory: number };
  readonly secret: { readonly where: string; readonly exists: boolean };
  /** Whether the service is added to the inventory. */
  readonly inventory: { readonly path: string; readonly adds: boolean };
  /** The shared instance; `kind` shared acts on it. */
  readonly shared: { readonly job: string; readonly task: string; readonly address: string; readonly port: number };
  readonly restartShared: boolean;
  /** Absent: the database stays empty. */
  readonly fill?: FillPlan;
  /** Who a restart of the shared instance would touch. */
  readonly dependents: readonly Dependent[];
  readonly findings: readonly Finding[];
}
