/** What the tests need of a machine. Says what it installs; quick when all is there. `breadth`, `majors`: what only those tests need. */
import { isDbctlError } from '../src/errors/dbctl-error.js';
import { cachedTool, findTool } from './binaries.js';
import { findConsul } from './consul/fetch-consul.js';
import { ensurePostgresTar } from './docker/postgres-image.js';
import { giteaProgram } from './forge/program.js';
import { ensurePrerequisites, ensureTestPrograms } from './prerequisites.js';

/** Beside Debian's own: those that the tests of faults move between. */
const OTHER_MAJORS = [17, 18];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  const { major: own } = await ensurePrerequisites(say, ['git']);
  await ensureTestPrograms(say);
  for (const tool of ['nomad', 'vault'] as const) say(`${tool}: ${await findTool(tool, say)}`);
  for (const tool of ['rclone', 'age', 'age-keygen'] as const) say(`${tool}: ${await cachedTool(tool, say)}`);
  say(`consul: ${await findConsul(say)}`);
  if (process.argv.includes('majors'))
    for (const major of OTHER_MAJORS) say(`PostgreSQL ${major}: ${await ensurePostgresTar(major, own, say)}`);
  if (process.argv.includes('breadth')) say(`gitea, an application to try dbctl on: ${await giteaProgram(say)}`);
} catch (error) {
  if (!isDbctlError(error)) throw error;
  say(`${error.code}: ${error.message}`);
  for (const line of error.details) say(`  ${line}`);
  if (error.next) say(`  next: ${error.next}`);
  process.exitCode = error.exitCode;
}
