import { DbctlError } from '../errors/dbctl-error.js';
import type { Inventory } from '../inventory/types.js';
import { rightsOf } from '../plan/rights.js';
import { renderPolicies } from '../render/index.js';
import type { Policy } from '../report/policy-document.js';

export interface PolicyOptions {
  readonly namespace: string;
  readonly auth: string;
  readonly accessor?: string | undefined;
}

/** Stands where nothing else can: Vault refuses a policy that still holds it. */
const UNKNOWN_ACCESSOR = 'ACCESSOR';

/** Every policy of an inventory. Pure. Throws USAGE for a mount or an accessor that no Vault can have. */
export function policies(inventory: Inventory, { namespace, auth, accessor }: PolicyOptions): Policy[] {
  requirePlain('--auth-path', auth, /^[\w./-]+$/);
  if (accessor !== undefined) requirePlain('--accessor', accessor, /^\w+$/);
  return renderPolicies(rightsOf(inventory, { namespace, auth, accessor: accessor ?? UNKNOWN_ACCESSOR }));
}

function requirePlain(flag: string, value: string, shape: RegExp): void {
  if (shape.test(value)) return;
  throw new DbctlError('USAGE', `${flag} does not look like one`, { value, next: 'vault auth list' });
}
