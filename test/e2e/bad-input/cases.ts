import { ACCESS_CASES } from './access-cases.js';
import type { BadInput } from './bad-input.js';
import { DATABASE_CASES } from './database-cases.js';
import { INVENTORY_CASES } from './inventory-cases.js';
import { JOB_CASES } from './job-cases.js';

export interface Chapter {
  readonly title: string;
  readonly cases: readonly BadInput[];
}

export const CHAPTERS: readonly Chapter[] = [
  { title: 'Command line, inventory and files', cases: INVENTORY_CASES },
  { title: 'Nomad and Vault', cases: ACCESS_CASES },
  { title: 'Job, node and volumes', cases: JOB_CASES },
  { title: 'Database and server', cases: DATABASE_CASES },
];
