import { describe, expect, test } from 'vitest';
import { loadHcl } from '../../../src/render/splice/load-hcl.js';
import { spliceDatabase } from '../../../src/render/splice/splice-database.js';
import { spliceRepoint } from '../../../src/render/splice/splice-repoint.js';
import { unsplice } from '../../../src/render/splice/unsplice.js';
import { expectGolden, golden } from '../golden.js';
import { kindCases, preset } from './cases.js';

const hcl = await loadHcl();
const LOOKUP = '{{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}';

describe('one jobspec per kind of setting', () => {
  test.each(Object.entries(kindCases))('%s: golden, twice is once, and back to the same bytes', (name, options) => {
    for (const eol of ['\n', '\r\n']) {
      const source = golden(`${name}.before.nomad.hcl`).replaceAll('\n', eol);
      const once = spliceDatabase(hcl, source, options);
      if (eol === '\n') expectGolden(`${name}.after.nomad.hcl`, once.text);
      expect(spliceDatabase(hcl, once.text, options)).toEqual(once);
      expect(unsplice(hcl, once.text)).toBe(source);
    }
  });

  test.each([
    ['vaultwarden', [`server template DATABASE_URL ${LOOKUP} 127.0.0.1:5432`]],
    ['gitea', ['gitea env GITEA__database__HOST 10.0.0.5:5432 127.0.0.1:5435']],
    ['authelia', [`authelia file storage.postgres.address ${LOOKUP} 127.0.0.1:5435`]],
    [
      'freshrss',
      [
        'freshrss own-file config.php postgresql.service.consul 127.0.0.1:5435',
        'freshrss-cron own-file config.php postgresql.service.consul 127.0.0.1:5435',
      ],
    ],
  ])('%s: the plan gets a row per task', (name, rows) => {
    const options = kindCases[name];
    if (options === undefined) throw new Error(name);
    const { settings } = spliceDatabase(hcl, golden(`${name}.before.nomad.hcl`), options);
    expect(settings.map(({ task, place, key, from, to }) => [task, place, key, from, to].join(' '))).toEqual(rows);
  });

  test('the way back gets a task of its own that waits for no gate', () => {
    const repoint = preset('freshrss').repoint ?? { read: [], write: [] };
    const back = { group: 'freshrss', task: 'freshrss', repoint, address: 'postgresql.service.consul' };
    expectGolden('freshrss.back.nomad.hcl', spliceRepoint(hcl, golden('freshrss.before.nomad.hcl'), back));
  });
});
