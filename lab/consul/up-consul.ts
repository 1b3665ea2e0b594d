import { DbctlError } from '../../src/errors/dbctl-error.js';
import { hostAddress } from '../bridge.js';
import type { UpContext } from '../bring-up.js';
import { openApi } from '../http.js';
import { waitForDaemon, waitUntil } from '../processes.js';
import { consulAddress, consulConfigPath, consulLogPath, startConsul } from './consul-agent.js';
import { findConsul } from './fetch-consul.js';

/** Before Nomad: a client that finds no Consul looks again only after 15 seconds. */
export async function upConsul({ keeper, dir, number, ports, say, signal }: UpContext): Promise<void> {
  const pid = await startConsul(await findConsul(say), { name: keeper.record.name, dir, number, ports });
  await keeper.addPid('consul', pid);
  const api = openApi(`http://${consulAddress(ports)}`);
  const leads = async (): Promise<boolean> => ((await api.tryCall<string>('get', '/v1/status/leader')) ?? '') !== '';
  await waitForDaemon(
    { name: 'Consul', pid, path: consulConfigPath(dir), log: consulLogPath(dir) },
    leads,
    30_000,
    signal,
  );
  say(`Consul answers on ${consulAddress(ports)}, its names on ${hostAddress(number)}:53`);
}

/** Consul's lookups and names leave out what does not pass: an app that starts earlier would get no address. */
export async function waitPassing(address: string, service: string, signal: AbortSignal): Promise<void> {
  const path = `/v1/health/service/${service}?passing=true`;
  const passes = async (): Promise<boolean> =>
    ((await openApi(`http://${address}`).tryCall<unknown[]>('get', path)) ?? []).length > 0;
  if (await waitUntil(passes, 60_000, 200, signal)) return;
  throw new DbctlError('NOMAD_ALLOC_FAILED', 'the service does not pass its check in Consul', { where: service });
}
