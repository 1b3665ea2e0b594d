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

const TRIES = 8;

/** Output of an exec can be lost on its way (hashicorp/nomad#27146), so each command is one that may be asked again. */
async function untilHeard<T>(ask: (round: number) => Promise<T | undefined>): Promise<T> {
  for (let round = 0; round < TRIES; round += 1) {
    const heard = await ask(round);
    if (heard !== undefined) return heard;
  }
  throw new DbctlError('LAB_STATE', 'a command of Gitea did not answer', { where: 'job forge, task gitea' });
}

/** As the manual says: the first administrator, and a token for the API, are made with Gitea's own commands. */
export async function makeKeeper(lab: LabHandle, say: Say): Promise<Secret> {
  const user = ['--admin', '--username', KEEPER, '--email', 'keeper@example.org', '--random-password'];
  await gitea(lab, say, 'admin', 'user', 'create', ...user, '--must-change-password=false');
  return untilHeard(async (round) => {
    const token = ['--username', KEEPER, '--token-name', `lab-${round}`, '--scopes', 'all', '--raw'];
    const { stdout } = await gitea(lab, say, 'admin', 'user', 'generate-access-token', ...token);
    const made = /^[0-9a-f]{40}$/m.exec(stdout)?.[0];
    return made === undefined ? undefined : new Secret(made);
  });
}

const CHECKS = ['check-db-version', 'check-db-consistency', 'check-user-type', 'recalculate-stars-number'];

/**
 * Gitea's own doctor on its database: schema version, rows that point nowhere, sequences behind their columns. Its
 * lines, without what a terminal would show in colour.
 */
export const doctorSays = (lab: LabHandle, say: Say): Promise<string[]> =>
  untilHeard(async () => {
    const { stdout } = await gitea(lab, say, 'doctor', 'check', '--run', CHECKS.join(','));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour
    const lines = stdout.replace(/\u001b\[\d*m/g, '').split(/\r?\n/);
    const said = lines.map((line) => line.trim()).filter((line) => line !== '');
    return said.some((line) => /^All done \(checks: \d+\)/.test(line)) ? said : undefined;
  });
