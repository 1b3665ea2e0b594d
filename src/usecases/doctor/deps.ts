import type { InventoryService } from '../../inventory/types.js';
import type { DoctorReport } from '../../report/doctor-report.js';
import type { UseCaseDeps } from '../deps.js';

/** Doctor looks at what may be broken: nothing was asked of Nomad before it. */
export interface DoctorDeps extends UseCaseDeps {
  readonly servers: DoctorReport['servers'];
  /** The address of Nomad, as it was given. */
  readonly address: string;
  /** Whether Nomad takes the token and knows the namespace. Throws NOMAD_DENIED, NAMESPACE_NOT_FOUND, NOMAD_UNAVAILABLE. */
  readonly access: () => Promise<void>;
}

/** What every collector gets: those services alone that were asked for. */
export interface LookDeps extends DoctorDeps {
  readonly services: readonly InventoryService[];
}
