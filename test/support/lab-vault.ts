import type { LabHandle } from '../../lab/index.js';

/** The lab's Vault as an operator uses it. Paths without mount; the mount is `secret`. */
export interface LabVault {
  write(path: string, data: Readonly<Record<string, string>>): Promise<void>;
  /** The newest version only; `undelete` brings it back. */
  remove(path: string): Promise<void>;
  undelete(path: string, version: number): Promise<void>;
  /** Every version, for ever. */
  destroy(path: string): Promise<void>;
  /** Numbers of all versions; none for a path that is not there. */
  versions(path: string): Promise<number[]>;
  call(method: string, path: string, body?: unknown): Promise<Response>;
}

export function labVault({ vaultAddr, vaultToken }: Pick<LabHandle, 'vaultAddr' | 'vaultToken'>): LabVault {
  const call = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${vaultAddr}/v1/${path}`, {
      method,
      headers: { 'X-Vault-Token': vaultToken.reveal() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const done = async (method: string, path: string, body?: unknown): Promise<void> => {
    const response = await call(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  };
  return {
    call,
    write: (path, data) => done('POST', `secret/data/${path}`, { data }),
    remove: (path) => done('DELETE', `secret/data/${path}`),
    undelete: (path, version) => done('POST', `secret/undelete/${path}`, { versions: [version] }),
    destroy: (path) => done('DELETE', `secret/metadata/${path}`),
    versions: async (path) => {
      const response = await call('GET', `secret/metadata/${path}`);
      if (response.status === 404) return [];
      const { data } = (await response.json()) as { data: { versions: Record<string, unknown> } };
      return Object.keys(data.versions).map(Number);
    },
  };
}
