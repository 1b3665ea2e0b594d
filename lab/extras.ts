import { DbctlError } from '../src/errors/dbctl-error.js';
import type { VolumeSpec } from './cluster.js';
import { giteaProgram } from './forge/program.js';
import type { Say } from './handle.js';
import type { LabPorts } from './ports.js';

/** A service beyond the seed's, which a lab has only when it is asked for it (`lab up --with forge`). */
export interface Extra {
  /** Also its job, database, role and secret. */
  readonly service: string;
  readonly task: string;
  readonly inventory: string;
  readonly port: (ports: LabPorts) => number;
  /** Path that answers 200 once the service works. */
  readonly health: string;
  readonly volumes: readonly VolumeSpec[];
  /** Debian packages with programs that its tasks need, each named as its main program is. */
  readonly packages: readonly string[];
  /** Programs of this machine that its tasks need beside those of the lab. */
  readonly programs: readonly string[];
  /** Static host volumes: a name, and what finds or makes the folder. */
  readonly static: Readonly<Record<string, (say: Say) => Promise<string>>>;
}

const NOBODY = { uid: 65534, gid: 65534 };

export const EXTRAS: Readonly<Record<string, Extra>> = {
  /** Gitea itself, built from its public module: an application that nobody here wrote. */
  forge: {
    service: 'forge',
    task: 'gitea',
    inventory: '  forge: { priority: low, app: gitea, jobspec: jobs/src/forge.nomad.hcl }\n',
    port: (ports) => ports.forge,
    health: '/api/healthz',
    volumes: [{ name: 'forge_data', mode: '0750', ...NOBODY }],
    packages: ['git'],
    programs: ['git', 'git-receive-pack', 'git-upload-archive', 'git-upload-pack'],
    static: { gitea_program: giteaProgram },
  },
};

/** The extras of these names. Throws USAGE for one that is not known. */
export const extrasNamed = (names: readonly string[]): Extra[] =>
  names.map((name) => {
    const extra = Object.hasOwn(EXTRAS, name) ? EXTRAS[name] : undefined;
    if (extra !== undefined) return extra;
    throw new DbctlError('USAGE', 'the lab has no such extra service', {
      value: name,
      next: `one of: ${Object.keys(EXTRAS).join(', ')}`,
    });
  });

/** The folders of the static host volumes, by name. Builds what is not there yet. */
export async function staticVolumes(extras: readonly Extra[], say: Say): Promise<Record<string, string>> {
  const wanted = extras.flatMap((extra) => Object.entries(extra.static));
  const folders: Record<string, string> = {};
  for (const [name, find] of wanted) folders[name] = await find(say);
  return folders;
}
