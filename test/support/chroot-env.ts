import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';

const TOOLS =
  'sh awk cat chmod cut date env grep head id kill ls mkdir mv printf rm sed setsid sha256sum sleep sync tail timeout tr wc'.split(
    ' ',
  );

/** A cut-down chroot for the exec driver: the default one copies the host's whole /usr. */
export function chrootEnv(): Record<string, string> {
  const tools = TOOLS.map((tool) => `/usr/bin/${tool}`).filter(existsSync);
  const libraries = new Set(tools.flatMap(librariesOf));
  // Keys are the files behind the links, since Nomad copies links as they are.
  return Object.fromEntries([
    ...tools.map((path) => [realpathSync(path), path.replace('/usr/bin', '/bin')] as const),
    ...[...libraries].map((path) => [realpathSync(path), path] as const),
  ]);
}

function librariesOf(binary: string): string[] {
  const text = execFileSync('ldd', [binary], { encoding: 'utf8' });
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}
