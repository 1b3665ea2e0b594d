import { DbctlError } from '../../errors/dbctl-error.js';
import { suggest } from '../../inventory/suggest.js';
import type { Inventory, InventoryService } from '../../inventory/types.js';
import { DOCTOR_GROUPS, type DoctorGroup } from '../../report/doctor-report.js';
import type { Check } from './check.js';

export interface Wanted {
  /** Services and groups; a group's name wins over a service that is called the same. */
  readonly names: readonly string[];
  readonly only: readonly string[];
  readonly skip: readonly string[];
}

export interface Chosen {
  /** In the order in which they are looked at; with those that they need. */
  readonly checks: readonly Check[];
  readonly services: readonly InventoryService[];
}

/** Which checks, of which services. Throws USAGE for a name that is none, with the one that was meant. */
export function choose(all: readonly Check[], inventory: Inventory, { names, only, skip }: Wanted): Chosen {
  const groups = names.filter(isGroup);
  const own = names.filter((name) => !isGroup(name));
  const services = inventory.services.map(({ name }) => name);
  const unknown = own.find((name) => !services.includes(name));
  if (unknown !== undefined) throw noSuch('is neither a service nor a group', unknown, [...services, ...DOCTOR_GROUPS]);
  requireIds(all, only);
  requireIds(all, skip);
  const named = all.filter(
    ({ id, group }) => (groups.length === 0 || groups.includes(group)) && (only.length === 0 || only.includes(id)),
  );
  const ids = withNeeds(all, named);
  return {
    checks: all.filter(({ id }) => ids.has(id) && !skip.includes(id)),
    services: own.length === 0 ? inventory.services : inventory.services.filter(({ name }) => own.includes(name)),
  };
}

const isGroup = (name: string): name is DoctorGroup => DOCTOR_GROUPS.some((group) => group === name);

function requireIds(all: readonly Check[], ids: readonly string[]): void {
  const known = all.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) throw noSuch('is no check', unknown, known);
}

function noSuch(what: string, name: string, known: readonly string[]): DbctlError {
  const near = suggest(name, known) ?? known.find((one) => one.includes(name));
  return new DbctlError('USAGE', `${name} ${what}`, {
    value: name,
    next: `${near === undefined ? '' : `did you mean ${near}? `}dbctl doctor --list`,
  });
}

function withNeeds(all: readonly Check[], named: readonly Check[]): Set<string> {
  const ids = new Set<string>();
  const add = ({ id, needs }: Check): void => {
    if (ids.has(id)) return;
    ids.add(id);
    for (const need of needs) for (const check of all.filter((one) => one.id === need)) add(check);
  };
  named.forEach(add);
  return ids;
}
