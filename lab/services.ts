/** The services of the shared instance, as seed names: service = database = role = Vault path. */
export const SERVICES = ['authelia', 'freshrss', 'gitea', 'grafana', 'speedtest', 'vaultwarden'] as const;

/** Only in a lab with every app: one role, two databases. */
export const ALL_SERVICES = [...SERVICES, 'prowlarr'] as const;

export type LabService = (typeof ALL_SERVICES)[number];

/** Whose databases the shared instance holds. */
export const servicesOf = (all: boolean): readonly LabService[] => (all ? ALL_SERVICES : SERVICES);

/** Which services have a running app; the first is always speedtest. */
export const appsOf = (all: boolean): readonly LabService[] =>
  all ? ['speedtest', ...ALL_SERVICES.filter((service) => service !== 'speedtest')] : ['speedtest'];

/** What a lab knows of a service of its own making. */
export interface ServiceFacts {
  /** On the shared instance before any move; all belong to the role named like the service. */
  readonly databases: readonly string[];
  /** Share of speedtest's size that each database gets, up to a limit. */
  readonly proportion: number;
  /** Dynamic host volume that the app keeps its files on; its ledger is there. */
  readonly volume: string;
  /** Tasks of the app's job that write. */
  readonly tasks: readonly string[];
  /** Programs of the app's "image": name in /opt/<service> and source below lab/apps/<service>. */
  readonly programs: Readonly<Record<string, string>>;
  /** Schema files beside the programs: name there and file below lab/sql. */
  readonly schemas: Readonly<Record<string, string>>;
}

const one = (service: string, proportion: number, volume: string): ServiceFacts => ({
  databases: [service],
  proportion,
  volume,
  tasks: [service],
  programs: { 'app.cjs': 'main.ts' },
  schemas: { 'schema.sql': `${service}.schema.sql` },
});

export const SERVICE_FACTS: Readonly<Record<LabService, ServiceFacts>> = {
  authelia: one('authelia', 0.1, 'authelia_config'),
  freshrss: {
    ...one('freshrss', 0.6, 'freshrss_data'),
    tasks: ['freshrss', 'freshrss-cron'],
    programs: { 'app.cjs': 'main.ts', 'cron.cjs': 'cron.ts', 'cli.cjs': 'cli.ts' },
  },
  gitea: one('gitea', 0.4, 'gitea_data'),
  grafana: one('grafana', 0.3, 'grafana_data'),
  speedtest: { ...one('speedtest', 1, 'speedtest_config'), tasks: ['app'], schemas: {} },
  vaultwarden: one('vaultwarden', 0.2, 'vaultwarden_data'),
  prowlarr: {
    ...one('prowlarr', 0.1, 'prowlarr_config'),
    databases: ['prowlarr_main', 'prowlarr_log'],
    schemas: { 'main.schema.sql': 'prowlarr_main.schema.sql', 'log.schema.sql': 'prowlarr_log.schema.sql' },
  },
};
