import {
  type AppRow,
  appRows,
  auditLedger,
  type LabHandle,
  type LabStatus,
  labDown,
  labSeed,
  labStatus,
  labUp,
  type Say,
} from './index.js';

interface Named {
  readonly name: string;
}

interface Sized extends Named {
  readonly scale: number;
}

interface Wanted extends Sized {
  readonly driver: 'exec' | 'docker';
  readonly all?: boolean;
  readonly consul?: boolean;
  readonly offsite?: boolean;
  readonly major?: readonly number[];
  readonly with?: readonly string[];
}

/** What `dbctl lab …` shows: plain JSON, the Vault token left out. */
export interface LabCommandSet {
  up(options: Wanted): Promise<LabDocument>;
  down(options: Named): Promise<LabDocument>;
  status(options: Named): Promise<LabDocument>;
  seed(options: Sized): Promise<LabDocument>;
}

export const labCommands = (say: Say, signal: AbortSignal): LabCommandSet => ({
  up: async ({ all = false, with: extras = [], major: majors = [], ...wanted }) =>
    shown(await labUp({ ...wanted, all, extras, majors, say, signal })),
  down: async ({ name }) => {
    await labDown({ name, say });
    return { schema: 'dbctl.lab/1', name, state: 'absent' };
  },
  status: async ({ name }) => statusShown(await labStatus({ name })),
  seed: async ({ name, scale }) => {
    await labSeed({ name, scale, say });
    return statusShown(await labStatus({ name }));
  },
});

/** What `--json` prints of a lab; the keys after `state` are there while it is up. */
export interface LabDocument {
  readonly schema: 'dbctl.lab/1';
  readonly name: string;
  readonly state: 'up' | 'broken' | 'absent';
  readonly driver?: 'exec' | 'docker';
  readonly nomad?: string;
  readonly vault?: string;
  /** Of a lab with Consul. */
  readonly consul?: string;
  /** Address of the speedtest app. */
  readonly app?: string;
  /** Address of every app by service, in a lab that has more than one. */
  readonly apps?: Readonly<Record<string, string>>;
  /** Folder with its dbctl.yaml and jobspecs. */
  readonly home?: string;
  readonly jobs?: readonly string[];
  readonly database?: string;
  readonly acknowledged?: number;
  readonly missing?: number;
  readonly doubled?: number;
  readonly services?: readonly AppRow[];
}

const shown = ({ name, driver, home, nomadAddr, vaultAddr, consulAddr, appUrl, apps }: LabHandle): LabDocument => ({
  schema: 'dbctl.lab/1',
  name,
  driver,
  state: 'up',
  nomad: nomadAddr,
  vault: vaultAddr,
  ...(consulAddr === undefined ? {} : { consul: consulAddr }),
  app: appUrl,
  ...(apps.length > 1 ? { apps: Object.fromEntries(apps.map(({ service, url }) => [service, url])) } : {}),
  home,
});

async function statusShown(status: LabStatus): Promise<LabDocument> {
  const { handle, name, state, jobs, app } = status;
  if (!handle) return { schema: 'dbctl.lab/1', name, state };
  const audit = state === 'up' ? await auditLedger(handle) : undefined;
  return {
    ...shown(handle),
    state,
    jobs: jobs.map((job) => `${job.id} ${job.status}`),
    ...(app ? { database: `${app.database} on ${app.serverAddress}:${app.serverPort}` } : {}),
    ...(audit
      ? { acknowledged: audit.acknowledged, missing: audit.missing.length, doubled: audit.doubled.length }
      : {}),
    services: state === 'absent' ? [] : await appRows(handle),
  };
}
