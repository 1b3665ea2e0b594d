import type { LabUpOptions } from '../../lab/index.js';
import type { ClusterState } from '../e2e/cluster-state.js';
import { LabWorld } from '../e2e/lab-world.js';
import { type Exchange, type HttpProxy, httpProxy, type Judge, type Verdict } from '../support/proxy/http-proxy.js';

/** A lab, and dbctl that reaches Nomad and Vault through a proxy each. The app and the tests go straight. */
export interface ProxiedWorld {
  readonly world: LabWorld;
  readonly through: LabWorld;
  readonly nomad: HttpProxy;
  readonly vault: HttpProxy;
  /** Everything passes again. */
  calm(): void;
  down(): Promise<void>;
}

export const PASS: Verdict = { kind: 'pass' };

export async function proxiedWorld(name: string, options: Partial<LabUpOptions> = {}): Promise<ProxiedWorld> {
  const world = await LabWorld.up(name, { scale: 1, ...options });
  const nomad = await httpProxy(world.lab.nomadAddr);
  const vault = await httpProxy(world.lab.vaultAddr);
  const through = world.behind({ nomad: nomad.address, vault: vault.address });
  const calm = (): void => {
    nomad.judge(() => PASS);
    vault.judge(() => PASS);
  };
  return {
    world,
    through,
    nomad,
    vault,
    calm,
    down: async () => {
      await Promise.all([nomad.close(), vault.close()]);
      await world.down();
    },
  };
}

/** The verdict on the first `times` requests that `which` picks; later ones and all others pass. */
export function first(which: (exchange: Exchange) => boolean, verdict: Verdict, times = 1): Judge & { hits: number } {
  const judge = Object.assign(
    (exchange: Exchange): Verdict => {
      if (judge.hits >= times || !which(exchange)) return PASS;
      judge.hits += 1;
      return verdict;
    },
    { hits: 0 },
  );
  return judge;
}

/** The verdict on each `nth` request that `which` picks; all others pass. */
export function every(nth: number, which: (exchange: Exchange) => boolean, verdict: Verdict): Judge & { hits: number } {
  let seen = 0;
  const judge = Object.assign(
    (exchange: Exchange): Verdict => {
      if (!which(exchange)) return PASS;
      seen += 1;
      if (seen % nth !== 0) return PASS;
      judge.hits += 1;
      return verdict;
    },
    { hits: 0 },
  );
  return judge;
}

/** An exec whose fixed script holds that text. */
export const execOf =
  (text: string) =>
  ({ upgrade, path }: Exchange): boolean =>
    upgrade && decodeURIComponent(path.replaceAll('+', ' ')).includes(JSON.stringify(text).slice(1, -1));

/** As clients see it: a rollback brings a new oid, and keeps the older copy closed beside it and the volume it came from. */
export const asClientsSee = (state: ClusterState): ClusterState => ({
  ...state,
  volumes: state.volumes.filter((name) => name !== 'speedtest_postgres_data'),
  databases: state.databases
    .filter(({ datname }) => !String(datname).includes('__old_'))
    .map((row) => ({ ...row, oid: 'any' })),
});

/** A token that may read what a move reads, and renew itself. */
export async function vaultToken(world: LabWorld, options: Readonly<Record<string, unknown>>): Promise<string> {
  const ask = async (path: string, body: unknown): Promise<{ auth?: { client_token: string } }> => {
    const response = await fetch(`${world.lab.vaultAddr}/v1/${path}`, {
      method: 'POST',
      headers: { 'X-Vault-Token': world.lab.vaultToken.reveal() },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as { auth?: { client_token: string } });
  };
  await ask('sys/policy/fault', { policy: 'path "secret/data/postgres/+" { capabilities = ["read"] }' });
  return (await ask('auth/token/create', { policies: ['fault'], ...options })).auth?.client_token ?? '';
}
