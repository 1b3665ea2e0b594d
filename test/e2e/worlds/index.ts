import { NOMAD_ROWS, SEALED, VAULT_ROWS } from './control-rows.js';
import { DATA_ROWS } from './data-rows.js';
import { INVENTORY_ROWS } from './inventory-rows.js';
import { JOBSPEC_ROWS } from './jobspec-rows.js';
import { FINALIZED, MOVED_ROWS, THE_MOVE } from './moved-rows.js';
import { RUNNING_ROWS } from './running-rows.js';
import { SECRET_ROWS } from './secret-rows.js';
import { SERVER_ROWS } from './shared-rows.js';
import type { WorldRow } from './world-row.js';

interface Chapter {
  readonly title: string;
  readonly rows: readonly WorldRow[];
}

/** In the order in which one lab lives through them: the service is on the shared instance. */
export const BEFORE_THE_MOVE: readonly Chapter[] = [
  { title: 'addresses, tokens and policies', rows: [...NOMAD_ROWS, ...VAULT_ROWS] },
  { title: 'the inventory and what dbctl keeps', rows: INVENTORY_ROWS },
  { title: 'the shared server', rows: SERVER_ROWS },
  { title: 'the secret triangle', rows: SECRET_ROWS },
  { title: 'jobspecs', rows: JOBSPEC_ROWS },
  { title: 'what runs', rows: RUNNING_ROWS },
];

export { THE_MOVE };

/** It has a database of its own. */
export const AFTER_THE_MOVE: readonly Chapter[] = [
  { title: 'after the move', rows: MOVED_ROWS },
  { title: 'the data of a database of its own', rows: DATA_ROWS },
  { title: 'the end', rows: [FINALIZED, SEALED] },
];

export const WORLDS: readonly WorldRow[] = [
  ...BEFORE_THE_MOVE.flatMap(({ rows }) => rows),
  THE_MOVE,
  ...AFTER_THE_MOVE.flatMap(({ rows }) => rows),
];
