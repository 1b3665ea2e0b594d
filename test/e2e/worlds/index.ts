import { NOMAD_ROWS, VAULT_ROWS } from './control-rows.js';
import { INVENTORY_ROWS } from './inventory-rows.js';
import { RUNNING_ROWS } from './running-rows.js';
import { SECRET_ROWS } from './secret-rows.js';
import { SERVER_ROWS } from './shared-rows.js';
import type { WorldRow } from './world-row.js';

interface Chapter {
  readonly title: string;
  readonly rows: readonly WorldRow[];
}

/** In the order in which one lab lives through them: the service is on the shared instance. */
export const CHAPTERS: readonly Chapter[] = [
  { title: 'addresses, tokens and policies', rows: [...NOMAD_ROWS, ...VAULT_ROWS] },
  { title: 'the inventory and what dbctl keeps', rows: INVENTORY_ROWS },
  { title: 'the shared server', rows: SERVER_ROWS },
  { title: 'the secret triangle', rows: SECRET_ROWS },
  { title: 'what runs', rows: RUNNING_ROWS },
];

export const WORLDS: readonly WorldRow[] = CHAPTERS.flatMap(({ rows }) => rows);
