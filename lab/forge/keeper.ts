import { DbctlError } from '../../src/errors/dbctl-error.js';
import { Secret } from '../../src/shared/secret.js';
import { findTool } from '../binaries.js';
import type { LabHandle, Say } from '../handle.js';
import { tryCommand } from '../run-command.js';

export const KEEPER = 'keeper';

/** As the manual says: the first administrator is made with Gitea's own command, which also hands out a token. */
export async function makeKeeper(lab: LabHandle, say: Say): Promise<Secret> {
  const nomad = await findTool('nomad', say);
  const gitea = ['/srv/gitea/gitea', '--config', '/data/gitea/conf/app.ini', 'admin', 'user', 'create', '--admin'];
  const user = ['--username', KEEPER, '--email', 'keeper@example.org', '--random-password'];
  const token = ['--must-change-password=false', '--access-token', '--access-token-scopes', 'all'];
  const argv = [nomad, 'alloc', 'exec', '-job', '-task', 'gitea', 'forge', ...gitea, ...user, ...token];
  const { code, stdout } = await tryCommand(argv, { env: { PATH: process.env['PATH'], NOMAD_ADDR: lab.nomadAddr } });
  const made = /Access token was successfully created\.\.\. ([0-9a-f]{40})/.exec(stdout)?.[1];
  if (code === 0 && made !== undefined) return new Secret(made);
  throw new DbctlError('LAB_STATE', 'Gitea made no administrator', { where: 'job forge', value: `exit code ${code}` });
}
