import { readFileSync } from 'node:fs';
import { DbctlError } from '../errors/dbctl-error.js';

/** Paths of PEM files, as in NOMAD_CACERT, VAULT_CLIENT_CERT and so on. */
export interface TlsFiles {
  readonly caCert?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly serverName?: string;
  /** Turns certificate checking off. The caller warns loudly. */
  readonly skipVerify?: boolean;
}

export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** Reads the PEM files once. Throws USAGE when one cannot be read. */
export function loadTls(files: TlsFiles = {}): TlsOptions {
  return {
    ...(files.caCert ? { ca: readPem(files.caCert) } : {}),
    ...(files.clientCert ? { cert: readPem(files.clientCert) } : {}),
    ...(files.clientKey ? { key: readPem(files.clientKey) } : {}),
    ...(files.serverName ? { servername: files.serverName } : {}),
    rejectUnauthorized: !files.skipVerify,
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DbctlError('USAGE', 'a certificate file cannot be read', {
      where: path,
      value: (error as NodeJS.ErrnoException).code ?? 'unknown',
    });
  }
}
