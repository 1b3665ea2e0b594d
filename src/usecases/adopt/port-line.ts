import { type Address, addressText, type SeenClient } from '../../render/index.js';
import type { AdoptLeft } from '../../report/adopt-report.js';

/** The app's own port is not that of the new database: a line that is not there yet, for under the host's. */
export function portToAdd({ preset, settings, task }: SeenClient, address: Address): AdoptLeft[] {
  const host = settings.find(({ role }) => role === 'host')?.setting;
  const port = preset.keys.find(({ role, default: own }) => role === 'port' && own !== undefined);
  if (host === undefined || port === undefined || settings.some(({ role }) => role === 'port')) return [];
  const text = addressText(address, host.place === 'env' ? 'env' : 'template')?.port;
  if (text === undefined || text === port.default) return [];
  const name = port.key.split('.').at(-1) ?? port.key;
  const line = { env: `${name} = "${text}"`, template: `${name}=${text}`, file: `${name}: ${text}` }[host.place];
  return [{ line: host.line, old: null, new: line, why: `task ${task} sets no ${name}: add it below` }];
}
