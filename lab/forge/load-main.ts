/** The load on Gitea, as a process of its own: started outside of Nomad, ended with SIGTERM. */
import { Secret } from '../../src/shared/secret.js';
import { Ledger } from '../apps/speedtest/writer.js';
import { ForgeApi } from './api.js';
import { ForgeLoad } from './load.js';

const setting = (name: string): string => process.env[name] ?? '';

const token = new Secret(setting('FORGE_TOKEN'));
const ledger = new Ledger(setting('FORGE_LEDGER'));
const load = new ForgeLoad(new ForgeApi(setting('FORGE_URL'), token), token, ledger);
process.on('SIGTERM', () => load.stop());
await load.run();
ledger.close();
