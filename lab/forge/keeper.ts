import { DbctlError } from '../../src/errors/dbctl-error.js';
import { Secret } from '../../src/shared/secret.js';
import { findTool } from '../binaries.js';
import type { LabHandle, Say } from '../handle.js';
import { type CommandResult, tryCommand } from '../run-command.js';

export const KEEPER = 'keeper';

/** Runs one of Gitea's own commands inside its task, with its settings. */
async function gitea(lab: LabHandle, say: Say, ...args: string[]): Promise<CommandResult> {
  const nomad = await findTool('nomad', say);
  const program = ['/srv/gitea/gitea', '--config', '/data/gitea/conf/app.ini'];
  const argv = [nomad, 'alloc', 'exec', '-t=false', '-i=false', '-job', '-task', 'gitea', 'forge', ...program, ...args];
  return tryCommand(argv, { env: { PATH: process.env['PATH'], NOMAD_ADDR: lab.nomadAddr } });
}

/** As the manual says: the first administrator is made with Gitea's own command, which also hands out a token. */
export async function makeKeeper(lab: LabHandle, say: Say): Promise<Secret> {
  const user = ['--admin', '--username', KEEPER, '--email', 'keeper@example.org', '--random-password'];
  const token = ['--must-change-password=false', '--access-token', '--access-token-scopes', 'all'];
  const { code, stdout } = await gitea(lab, say, 'admin', 'user', 'create', ...user, ...token);
  const made = /Access token was successfully created\.\.\. ([0-9a-f]{40})/.exec(stdout)?.[1];
  if (code === 0 && made !== undefined) return new Secret(made);
  throw new DbctlError('LAB_STATE', 'Gitea made no administrator', { where: 'job forge', value: `exit code ${code}` });
}

const CHECKS = ['check-db-version', 'check-db-consistency', 'check-user-type', 'recalculate-stars-number'];

/**
 * Gitea's own doctor on its database: schema version, rows that point nowhere, sequences behind their columns. Its
 * lines, without what a terminal would show in colour.
 */
export async function doctorSays(lab: LabHandle, say: Say): Promise<string[]> {
  const { code, stdout } = await gitea(lab, say, 'doctor', 'check', '--run', CHECKS.join(','));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
  const lines = stdout.replace(/\u001b\[\d*m/g, '').split(/\r?\n/);
  return [`exit code ${code}`, ...lines.map((line) => line.trim()).filter((line) => line !== '')];
}
