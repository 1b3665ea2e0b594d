import { z } from 'zod';
import { isDbctlError } from '../../errors/dbctl-error.js';
import type { NomadConfig } from './config.js';
import { nomadHttp } from './http.js';

const self = z.looseObject({
  config: z.looseObject({
    Consuls: z.array(z.looseObject({ Name: z.string(), Addr: z.string(), EnableSSL: z.boolean().nullish() })).nullish(),
  }),
});

/**
 * Where the Nomad agent that was asked finds Consul; `undefined` when it tells none that can be reached from here: its
 * loopback is this machine's only if Nomad was asked there, and a token without `agent:read` is told nothing.
 */
export async function consulOfNomad(config: NomadConfig): Promise<string | undefined> {
  const answer = await nomadHttp(config)
    .get('/v1/agent/self')
    .catch((error: unknown) => {
      if (isDbctlError(error, 'NOMAD_DENIED')) return undefined;
      throw error;
    });
  const agent = self.safeParse(answer);
  const found = agent.success ? agent.data.config.Consuls?.find(({ Name }) => Name === 'default') : undefined;
  if (found === undefined || !/^[\w.:[\]-]+$/.test(found.Addr)) return undefined;
  const address = `${found.EnableSSL ? 'https' : 'http'}://${found.Addr}`;
  if (!URL.canParse(address)) return undefined;
  return isLoopback(address) && !isLoopback(config.address) ? undefined : address;
}

const isLoopback = (address: string): boolean => {
  const { hostname } = new URL(address);
  return ['localhost', '[::1]'].includes(hostname) || hostname.startsWith('127.');
};
