import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { DbctlError } from '../../src/errors/dbctl-error.js';
import type { Secret } from '../../src/shared/secret.js';
import { packageRoot } from '../locate.js';
import type { ForgeApi } from './api.js';
import { BUSY } from './ledger.js';

export interface LoadSpec {
  readonly url: string;
  readonly token: Secret;
  /** File to which the ledger's lines are added. */
  readonly ledger: string;
}

/** The repository of the load, with the issue that all comments go to. */
export async function makeBusy(api: ForgeApi): Promise<void> {
  await api.call('POST', '/user/repos', { name: BUSY.split('/')[1], auto_init: true, default_branch: 'main' });
  await api.call('POST', `/repos/${BUSY}/issues`, { title: 'what happens here' });
}

/** The built program in a process of its own; it outlives every restart of Gitea. */
export class LoadProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #stderr = '';

  constructor({ url, token, ledger }: LoadSpec) {
    const env = { PATH: process.env['PATH'], FORGE_URL: url, FORGE_TOKEN: token.reveal(), FORGE_LEDGER: ledger };
    const entry = join(packageRoot(), 'dist/lab/forge/load-main.js');
    this.#child = spawn(process.execPath, [entry], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Waits until every attempt has an outcome. Throws INTERNAL when the load itself broke. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const code = await this.#ended;
    if (code !== 0)
      throw new DbctlError('INTERNAL', 'the load on Gitea broke', { details: [this.#stderr.slice(-2000)] });
  }
}
