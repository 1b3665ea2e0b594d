import { pause } from '../expectations.js';
import { freePort } from './job-ruins.js';
import { SmallVault } from './small-vault.js';
import type { Victim } from './victim.js';
import { PASSWORD } from './victim-texts.js';

export async function sealedVault(victim: Victim): Promise<string> {
  const vault = await SmallVault.up(victim.home, await freePort());
  victim.later(() => vault.down());
  await vault.seal();
  return vault.address;
}

export async function expiredVaultToken(victim: Victim): Promise<string> {
  const token = await victim.vaultToken(['default'], '1s');
  await pause(1500);
  return token;
}

export async function deleteSecret(victim: Victim): Promise<void> {
  victim.later(() => victim.writeSecret({ password: PASSWORD }));
  await victim.vault('DELETE', 'secret/data/postgres/victim');
}

export async function ruinSecret(victim: Victim, data: Record<string, string>): Promise<void> {
  victim.later(() => victim.writeSecret({ password: PASSWORD }));
  await victim.writeSecret(data);
}

/** A rehearsal that is under way; the case ends when it has ended. */
export async function otherRun(victim: Victim): Promise<void> {
  const run = victim.start(['migrate', 'victim', '--rehearse', '--yes', '--confirm', 'victim']);
  victim.later(() => run.ended);
  await run.step('stage');
}
