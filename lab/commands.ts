import {
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
  readonly with?: readonly string[];
}

/** What `dbctl lab …` shows: plain JSON, the Vault token left out. */
export interface LabCommandSet {
  up(options: Wanted): Promise<unknown>;
  down(options: Named): Promise<unknown>;
  status(options: Named): Promise<unknown>;
  seed(options: Sized): Promise<unknown>;
}

export const labCommands = (say: Say, signal: AbortSignal): LabCommandSet => ({
  up: async ({ all = false, with: extras = [], ...wanted }) =>
    shown(await labUp({ ...wanted, all, extras, say, signal })),
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

const shown = ({ name, driver, home, nomadAddr, vaultAddr, appUrl, apps }: LabHandle): Record<string, unknown> => ({
  schema: 'dbctl.lab/1',
  name,
  driver,
  state: 'up',
  nomad: nomadAddr,
  vault: vaultAddr,
  app: appUrl,
  ...(apps.length > 1 ? { apps: Object.fromEntries(apps.map(({ service, url }) => [service, url])) } : {}),
  home,
});

async function statusShown(status: LabStatus): Promise<Record<string, unknown>> {
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
