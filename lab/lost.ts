import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../src/shared/secret.js';
import type { LabHandle } from './handle.js';
import { openApi } from './http.js';
import { storePath, TARGET } from './offsite/servers.js';

/** What opens the second site: an operator has it somewhere else than in the cluster. */
export interface StoreKeys {
  readonly login: Readonly<Record<'access_key_id' | 'secret_access_key', Secret>>;
  readonly age: { readonly recipient: string; readonly identity: Secret };
}

const KEYS = 'keys.json';
const home = (folder: string): string => join(folder, 'home');
const store = (folder: string): string => join(folder, 'store');
const ledgers = (folder: string): string => join(folder, 'ledgers');

/** Where the ledger of a service's app was put, to compare with when the lab is gone. */
export const keptLedger = (folder: string, service: string): string => join(ledgers(folder), service);

/** Puts aside what outlives a cluster: the operator's repository, the second site with its keys, and what the apps noted. */
export async function keepRemains(handle: LabHandle, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await cp(handle.home, home(folder), { recursive: true });
  await cp(storePath(handle.dir), store(folder), { recursive: true });
  for (const { service, ledgerDir } of handle.apps)
    await cp(ledgerDir, keptLedger(folder, service), { recursive: true });
  const vault = openApi(handle.vaultAddr, handle.vaultToken);
  const read = async (name: string): Promise<Record<string, string>> => {
    const path = `/v1/secret/data/postgres/offsite/${name}`;
    return (await vault.call<{ data: { data: Record<string, string> } }>('get', path)).data.data;
  };
  const inventory = await readFile(join(handle.home, 'dbctl.yaml'), 'utf8');
  const recipient = /age1[a-z0-9]+/.exec(inventory)?.[0] ?? '';
  const keys = { login: await read(TARGET), age: { recipient, identity: (await read('age'))['key'] } };
  await writeFile(join(folder, KEYS), JSON.stringify(keys), { mode: 0o600 });
}

export async function readKeys(folder: string): Promise<StoreKeys> {
  const { login, age } = JSON.parse(await readFile(join(folder, KEYS), 'utf8')) as {
    login: { access_key_id: string; secret_access_key: string };
    age: { recipient: string; identity: string };
  };
  return {
    login: {
      access_key_id: new Secret(login.access_key_id),
      secret_access_key: new Secret(login.secret_access_key),
    },
    age: { recipient: age.recipient, identity: new Secret(age.identity) },
  };
}

export const bringStore = (folder: string, dir: string): Promise<void> =>
  cp(store(folder), storePath(dir), { recursive: true });

export const bringHome = (folder: string, to: string): Promise<void> => cp(home(folder), to, { recursive: true });
