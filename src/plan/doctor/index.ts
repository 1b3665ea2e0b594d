import { BACKUPS_CHECKS } from './backups.js';
import type { Check } from './check.js';
import { CONSUL_CHECKS } from './consul.js';
import { DATABASES_CHECKS } from './databases.js';
import { IMAGES_CHECKS } from './images.js';
import { GATE_CHECKS, INIT_CHECKS, LEFT_BLOCK_CHECKS } from './init.js';
import { INVENTORY_CHECKS } from './inventory.js';
import { MOVED_CHECKS } from './moved.js';
import { NETWORK_CHECKS } from './network.js';
import { NOMAD_CHECKS } from './nomad.js';
import { RUNS_CHECKS } from './runs.js';
import { SECRETS_CHECKS, VALUES_CHECKS } from './secrets.js';
import { SERVER_LOGS_CHECKS } from './server-logs.js';
import { SERVERS_CHECKS } from './servers.js';
import { SHARED_CHECKS } from './shared.js';
import { TEMPLATE_CHECKS, VAULT_CHECKS } from './vault.js';
import { LOST_CHECKS, VOLUMES_CHECKS } from './volumes.js';

/**
 * Every check, in the order in which they are told; each stands behind those that it needs, and symptoms behind their causes:
 * a job that does not run behind its secret, its data and its port; a server that does not answer behind its job.
 */
export const CHECKS: readonly Check[] = [
  ...NOMAD_CHECKS,
  ...VAULT_CHECKS,
  ...CONSUL_CHECKS,
  ...INVENTORY_CHECKS,
  ...VALUES_CHECKS,
  ...LOST_CHECKS,
  ...SERVER_LOGS_CHECKS,
  ...TEMPLATE_CHECKS,
  ...INIT_CHECKS,
  ...RUNS_CHECKS,
  ...SHARED_CHECKS,
  ...LEFT_BLOCK_CHECKS,
  ...DATABASES_CHECKS,
  ...MOVED_CHECKS,
  ...GATE_CHECKS,
  ...SERVERS_CHECKS,
  ...SECRETS_CHECKS,
  ...VOLUMES_CHECKS,
  ...IMAGES_CHECKS,
  ...BACKUPS_CHECKS,
  ...NETWORK_CHECKS,
];
