/** The load on Gitea, as a process of its own: started outside of Nomad, ended with SIGTERM. */
import { Secret } from '../../src/shared/secret.js';
import { ForgeApi } from './api.js';
import { ledgerAt } from './ledger.js';
import { ForgeLoad } from './load.js';

const setting = (name: string): string => process.env[name] ?? '';

const token = new Secret(setting('FORGE_TOKEN'));
const load = new ForgeLoad(new ForgeApi(setting('FORGE_URL'), token), token, ledgerAt(setting('FORGE_LEDGER')));
process.on('SIGTERM', () => load.stop());
await load.run();
