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
  part: samplePart(),
  preset: speedtest,
  group: 'speedtest',
  tasks: ['app'],
  shared,
};

export const bridgeCase: SpliceOptions = {
  part: dockerPart({ group: 'web', network: 'bridge', port: 5432 }),
  preset: speedtest,
  group: 'web',
  tasks: ['app', 'cron'],
  shared,
};
