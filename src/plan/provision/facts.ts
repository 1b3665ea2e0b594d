import type { NomadJob } from '../../ports/nomad.js';
import type { AllocationFacts, AppEnvironment, NodeFacts, SourceFacts, Unusable, VolumeFacts } from '../facts.js';
import type { Dependent, PortUse } from '../types.js';
import type { ProvisionKind } from './types.js';

/** Everything the plan of a provision is decided from; never a secret. */
export interface ProvisionFacts {
  readonly kind: ProvisionKind;
  /** The job that is to be registered, as Nomad runs it. */
  readonly job: NomadJob | null;
  /** Where the jobspec is or goes, and whether somebody's file is there. */
  readonly file: { readonly path: string; readonly exists: boolean };
  /** The operator's jobspec as Nomad reads it (splice), or why it cannot be used. */
  readonly spec: NomadJob | Unusable | null;
  readonly app: readonly AppEnvironment[];
  readonly allocations: readonly AllocationFacts[];
  readonly nodes: readonly NodeFacts[];
  readonly ports: readonly PortUse[];
  readonly volumes: readonly VolumeFacts[];
  readonly source: SourceFacts | Unusable;
  /** Extensions that the shared instance's image has; `null` when that says nothing about the new server. */
  readonly extensions: readonly string[] | null;
  /** Roles of the shared instance with one of the wanted names. */
  readonly roles: readonly string[];
  readonly secret: {
    readonly keys: readonly string[];
    /** Of the password that is there. */
    readonly flaw: 'empty' | 'line-break' | null;
    readonly plain: boolean;
  } | null;
  /** The data volume that earlier runs of this service made. */
  readonly dataVolume: string | null;
  /** Databases named by flags. */
  readonly asked: readonly string[];
  readonly presetKnown: boolean;
  readonly inventoryAdds: boolean;
  readonly dependents: readonly Dependent[];
}
