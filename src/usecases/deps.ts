import type { Inventory } from '../inventory/types.js';
import type { MovePorts } from '../pipeline/context.js';
import type { StoreDeps } from '../pipeline/journal-store.js';
import type { Reporter } from '../ports/reporter.js';

/** What every use-case gets from the composition root. */
export interface UseCaseDeps extends MovePorts {
  readonly inventory: Inventory;
  /** Folder of dbctl.yaml; relative paths of the inventory start here. */
  readonly home: string;
  readonly store: Pick<StoreDeps, 'stateDir' | 'process'>;
  readonly reporter: Reporter & { settled(): Promise<void> };
  readonly signal: AbortSignal;
  /** Warm start: the tree-sitter grammar, loaded once. */
  readonly hcl: () => Promise<import('../render/index.js').Hcl>;
}
