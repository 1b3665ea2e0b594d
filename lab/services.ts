/** The services of the shared instance, as seed names: service = database = role = Vault path. */
export const SERVICES = ['authelia', 'freshrss', 'gitea', 'grafana', 'speedtest', 'vaultwarden'] as const;

export type LabService = (typeof SERVICES)[number];

/** Share of speedtest's size that each of the others gets, up to a limit. */
export const PROPORTION: Readonly<Record<LabService, number>> = {
  authelia: 0.1,
  freshrss: 0.6,
  gitea: 0.4,
  grafana: 0.3,
  speedtest: 1,
  vaultwarden: 0.2,
};
