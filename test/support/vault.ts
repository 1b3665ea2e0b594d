import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vaultAdapter } from '../../src/adapters/vault.js';
import type { VaultPort } from '../../src/ports/vault.js';
import { Secret } from '../../src/shared/secret.js';
import { eventually, freePorts, type ServerProcess, spawnServer } from './server-process.js';
import { toolBinary } from './tool-binary.js';

export interface TestVault {
  readonly address: string;
  readonly token: Secret;
  readonly server: ServerProcess;
  readonly port: VaultPort;
  /** A plain call of Vault's API with the root token. */
  api(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** A dev server of its own on a free loopback port, KV version 2 at `secret/`. */
export async function startVault(): Promise<TestVault> {
  const dir = mkdtempSync(join(tmpdir(), 'dbctl-vault-'));
  const [http = 0] = await freePorts(1);
  const token = new Secret(randomBytes(16).toString('hex'));
  const address = `http://127.0.0.1:${http}`;
  const env = {
    ...process.env,
    HOME: dir,
    VAULT_DEV_ROOT_TOKEN_ID: token.reveal(),
    VAULT_DEV_LISTEN_ADDRESS: `127.0.0.1:${http}`,
  };
  const server = spawnServer(
    toolBinary('vault'),
    ['server', '-dev', '-dev-no-store-token'],
    join(dir, 'vault.log'),
    env,
  );
  const port = vaultAdapter({ address, token });
  const api = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { 'X-Vault-Token': token.reveal() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  await eventually('vault', async () => {
    await port.health();
    // The health endpoint answers before the KV engine is upgraded to version 2.
    await port.read('secret', 'never-there');
    return true;
  });
  return {
    address,
    token,
    server,
    port,
    api,
    stop: async () => {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
