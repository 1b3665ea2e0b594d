import { type Preset, presetById } from '../../../src/render/presets.js';
import type { SpliceOptions } from '../../../src/render/splice/splice-database.js';
import { dockerPart, samplePart } from '../sample-part.js';

export function preset(id: string): Preset {
  const found = presetById(id);
  if (found === undefined) throw new Error(`no preset ${id}`);
  return found;
}

export const speedtest = preset('speedtest-tracker');

export const shared: SpliceOptions['shared'] = { service: 'postgresql', hosts: ['10.0.0.5'], port: 5432 };

export const hostCase: SpliceOptions = {
  shared,
  part: samplePart(),
  preset: speedtest,
  group: 'speedtest',
  tasks: ['app'],
};

/** Containers with a network each. */
export const noneCase: SpliceOptions = { ...hostCase, part: dockerPart({ network: 'none' }) };

export const bridgeCase: SpliceOptions = {
  part: dockerPart({ group: 'web', network: 'bridge', port: 5432 }),
  preset: speedtest,
  group: 'web',
  tasks: ['app', 'cron'],
  shared,
};

const hostDocker = (group: string): SpliceOptions['part'] => dockerPart({ service: group, group, port: 5435 });

/** One jobspec per kind of setting. */
export const kindCases: Readonly<Record<string, SpliceOptions>> = {
  vaultwarden: {
    part: dockerPart({ service: 'vaultwarden', group: 'vault', network: 'bridge', port: 5432 }),
    preset: preset('vaultwarden'),
    group: 'vault',
    tasks: ['server'],
    shared,
  },
  gitea: { part: hostDocker('gitea'), preset: preset('gitea'), group: 'gitea', tasks: ['gitea'], shared },
  authelia: {
    part: hostDocker('authelia'),
    preset: preset('authelia'),
    group: 'authelia',
    tasks: ['authelia'],
    shared,
  },
  freshrss: {
    part: hostDocker('freshrss'),
    preset: preset('freshrss'),
    group: 'freshrss',
    tasks: ['freshrss', 'freshrss-cron'],
    shared,
    repoint: { commands: preset('freshrss').repoint ?? { read: [], write: [] }, from: 'postgresql.service.consul' },
  },
};
