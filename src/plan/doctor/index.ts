import { BACKUPS_CHECKS } from './backups.js';
import type { Check } from './check.js';
import { CONSUL_CHECKS } from './consul.js';
import { DATA_LOGS_CHECKS } from './data-logs.js';
import { DATABASES_CHECKS } from './databases.js';
import { IMAGES_CHECKS } from './images.js';
import { INIT_CHECKS } from './init.js';
import { INVENTORY_CHECKS } from './inventory.js';
import { MOVED_CHECKS } from './moved.js';
import { NETWORK_CHECKS } from './network.js';
import { NOMAD_CHECKS } from './nomad.js';
import { SECRETS_CHECKS } from './secrets.js';
import { SERVERS_CHECKS } from './servers.js';
import { SHARED_CHECKS } from './shared.js';
import { VAULT_CHECKS } from './vault.js';
import { VOLUMES_CHECKS } from './volumes.js';

/** Every check, in the order in which they are told; each stands behind those that it needs, and symptoms behind their causes. */
export const CHECKS: readonly Check[] = [
  ...NOMAD_CHECKS,
  ...VAULT_CHECKS,
  ...CONSUL_CHECKS,
  ...INVENTORY_CHECKS,
  ...SHARED_CHECKS,
  ...INIT_CHECKS,
  ...DATABASES_CHECKS,
  ...MOVED_CHECKS,
  ...SERVERS_CHECKS,
  ...SECRETS_CHECKS,
  ...VOLUMES_CHECKS,
  ...DATA_LOGS_CHECKS,
  ...IMAGES_CHECKS,
  ...BACKUPS_CHECKS,
  ...NETWORK_CHECKS,
];
