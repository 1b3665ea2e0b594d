import { jobIdOf } from '../../render/index.js';
import type { UseCaseDeps } from '../deps.js';

const DEPTH = 5;
const MOST_FILES = 2_000;

/** Jobspecs below a folder: job id → path relative to it. An id that two files claim is left out: nobody can say which. */
export async function jobspecFiles(
  deps: Pick<UseCaseDeps, 'files' | 'hcl'>,
  dir: string,
): Promise<Map<string, string>> {
  const hcl = await deps.hcl();
  const found = new Map<string, string[]>();
  for (const path of await candidates(deps, dir, '', DEPTH)) {
    const text = await deps.files.read(`${dir}/${path}`);
    const id = text === undefined ? undefined : jobIdOf(hcl, text);
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), path]);
  }
  return new Map([...found].flatMap(([id, [only, second]]) => (only && !second ? [[id, only] as const] : [])));
}

/** A name without a dot may be a folder; hidden ones and installed packages are not looked into. */
async function candidates(
  deps: Pick<UseCaseDeps, 'files'>,
  dir: string,
  below: string,
  depth: number,
): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await deps.files.list(`${dir}/${below}`)) {
    const path = `${below}${name}`;
    if (/\.(?:hcl|nomad)$/.test(name)) paths.push(path);
    else if (depth > 0 && !name.startsWith('.') && name !== 'node_modules' && !/\.[a-z0-9]{1,5}$/i.test(name))
      paths.push(...(await candidates(deps, dir, `${path}/`, depth - 1)));
    if (paths.length > MOST_FILES) break;
  }
  return paths;
}
