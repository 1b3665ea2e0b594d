import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { findTool } from '../../../lab/binaries.js';
import { pause } from '../expectations.js';

/** A Vault of a case's own, in memory. */
export class SmallVault {
  private constructor(
    readonly address: string,
    private readonly token: string,
    private readonly stop: () => Promise<unknown>,
  ) {}

  static async up(cwd: string, port: number): Promise<SmallVault> {
    const token = randomBytes(12).toString('hex');
    const binary = await findTool('vault', () => undefined);
    const argv = ['server', '-dev', '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${port}`];
    const env = { PATH: process.env['PATH'], HOME: cwd, VAULT_DEV_ROOT_TOKEN_ID: token };
    const child = spawn(binary, argv, { cwd, env, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const vault = new SmallVault(`http://127.0.0.1:${port}`, token, () => {
      child.kill('SIGKILL');
      return ended;
    });
    for (let left = 100; left > 0; left--) {
      if (await vault.#answers('sys/mounts', 'GET')) return vault;
      await pause(100);
    }
    await vault.down();
    throw new Error('the small Vault does not answer');
  }

  async seal(): Promise<void> {
    if (!(await this.#answers('sys/seal', 'PUT'))) throw new Error('the small Vault cannot be sealed');
  }

  async down(): Promise<void> {
    await this.stop();
  }

  async #answers(path: string, method: string): Promise<boolean> {
    const request = { method, headers: { 'X-Vault-Token': this.token } };
    return (await fetch(`${this.address}/v1/${path}`, request).catch(() => undefined))?.ok ?? false;
  }
}
