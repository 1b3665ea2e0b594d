import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DbctlError } from '../errors/dbctl-error.js';

export type TemplateName =
  | 'part.hcl'
  | 'rehearsal.hcl'
  | 'own-job.hcl'
  | 'app-job.hcl'
  | 'shared-block.sql'
  | 'rescue.hcl'
  | 'look.hcl'
  | 'look.sh'
  | 'tools.hcl'
  | 'tools.sh'
  | 'found.sh'
  | 'seek.hcl'
  | 'seek.sh'
  | 'entry.sh'
  | 'toolbox.sh'
  | 'init.sh'
  | 'init.sql'
  | 'gate.sh'
  | 'names.sh'
  | 'repoint.sh'
  | 'repoint.hcl';

/** The package's own template text. Works from `src` and from `dist/src`: the root is where package.json is. */
export const readTemplate = (name: TemplateName): string => read('postgres', `${name}.hbs`);

/** A policy of Nomad, Vault or Consul. */
export const readPolicyTemplate = (name: 'nomad' | 'vault' | 'workload' | 'consul'): string =>
  read('policy', `${name}.hcl.hbs`);

/** Of the job that backs up the shared instance. */
export const readBackupTemplate = (name: 'shared-job.hcl' | 'shared-toolbox.sh'): string =>
  read('backup', `${name}.hbs`);

/** Parts of the page of `dbctl report`. */
export const readReportTemplate = (name: 'page.html.hbs' | 'style.css'): string => read('report', name);

const read = (...names: string[]): string => readFileSync(join(packageRoot(), 'templates', ...names), 'utf8');

function packageRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) {
    const parent = dirname(dir);
    if (parent === dir) throw new DbctlError('INTERNAL', 'the installed package of dbctl is not complete');
    dir = parent;
  }
  return dir;
}
