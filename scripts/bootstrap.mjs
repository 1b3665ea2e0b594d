import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (text) => process.stderr.write(`${text}\n`);

/** Runs a command with the checkout as working directory; output goes to stderr, a failure ends the process. */
export function must(command, args, why) {
  if (why) say(`dbctl setup: ${why}`);
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', process.stderr, process.stderr] });
  if (done.status === 0) return;
  say(`dbctl setup: ${command} ${args.join(' ')} failed${done.error ? `: ${done.error.message}` : ''}`);
  process.exit(done.status ?? 1);
}

/** Makes a bare clone runnable: Node packages, then the build. Quick and quiet when nothing changed. */
export async function bootstrap() {
  requireNode();
  installPackages();
  must(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], firstBuild());
  // Its library is there only now.
  await import('./bundle.mjs').then(({ bundle }) => bundle(root));
}

const firstBuild = () => (existsSync(join(root, 'dist/dbctl.mjs')) ? undefined : 'compiling');

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`dbctl needs Node 20.19 or newer; this is ${process.versions.node}`);
  process.exit(5);
}

/** A stamp holding the lock file's text: mtimes lie after a clone, and an interrupted install leaves no stamp. */
function installPackages() {
  const stamp = join(root, 'node_modules/.dbctl-lock');
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && statSync(stamp).isFile() && readFileSync(stamp, 'utf8') === lock) return;
  must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'installing Node packages (npm ci)');
  writeFileSync(stamp, lock);
}
