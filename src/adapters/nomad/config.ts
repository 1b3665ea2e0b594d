import type { Secret } from '../../shared/secret.js';
import type { TlsFiles } from '../tls.js';

export interface NomadConfig {
  /** `http://127.0.0.1:4646` */
  readonly address: string;
  readonly token?: Secret;
  readonly namespace?: string;
  readonly region?: string;
  readonly tls?: TlsFiles;
  /** For one request without a blocking wait; default 30 000. */
  readonly timeoutMs?: number;
}
