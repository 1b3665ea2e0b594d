import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { suggest } from '../../src/inventory/suggest.js';
import { appNames, PRESETS, type Preset, presetForImage } from '../../src/render/presets.js';
import { markdownTable } from '../support/markdown-table.js';

const PATH = join(import.meta.dirname, '..', '..', 'docs', 'apps.md');

const how = ({ keys, repoint }: Preset): string => {
  if (repoint !== undefined) return repoint.file === undefined ? 'its own tool' : `its own file \`${repoint.file}\``;
  const told = keys.filter(({ form }) => form !== undefined).map(({ key, form }) => `\`${key}\` (${form})`);
  return `${keys[0]?.inFile ? 'file: ' : ''}${told.join(', ')}`;
};

const appsDoc = (): string =>
  [
    '# Apps',
    '',
    'Written from `src/render/presets.ts` by `UPDATE=1 npx vitest run --project unit test/render/apps-doc.test.ts`; a test fails when this page is stale.',
    '',
    'dbctl finds an app by its image, else by the keys it sets. `services.<name>.app` says it where neither does. Only host and port are changed;',
    'user, password, database name and the query of a URL stay byte for byte. `url` is a URI, a JDBC URL or `host=… port=…` words.',
    '`file:` names a key (a dotted path) of a config file that a template of the jobspec makes: it is changed only where it plainly names the shared',
    'instance. What cannot be changed for certain is refused with its line.',
    '',
    ...markdownTable([
      ['`app:`', 'app', 'told by', 'refused when set'],
      ...PRESETS.map((preset) => [
        `\`${preset.id}\``,
        preset.title,
        how(preset),
        preset.forbidden.map((key) => `\`${key}\``).join(', '),
      ]),
    ]),
    '',
    '## Apps that own their settings',
    '',
    'FreshRSS and Nextcloud read their address from a file of their own once they are installed. A task `db-repoint` beside the app, with its image,',
    "environment, mounts and user, runs the app's own tool before the app starts and after the data is verified; it keeps the older file beside it as",
    '`….dbctl-old.…`. A rollback points the app back before it starts there, and takes that copy away. All tasks that share the file start after it.',
    'Where the commands differ from the preset, or for another app (`app: own-file`), the inventory says them, word by word and without a shell:',
    '',
    '```yaml',
    'freshrss:',
    '  app: freshrss',
    '  repoint:',
    '    file: /data/config.php # optional: one that is absent means "not installed yet"',
    '    read: [php, /app/show-db.php] # prints: host:port database user',
    '    write: [php, /app/cli/reconfigure.php, --db-host, "{address}"] # or {host} and {port}',
    '    user: www-data # optional, where the task names none',
    '```',
    '',
  ].join('\n');

describe('docs/apps.md', () => {
  it('lists every preset (UPDATE=1 writes it)', () => {
    if (process.env['UPDATE'] === '1') writeFileSync(PATH, appsDoc());
    expect(readFileSync(PATH, 'utf8')).toBe(appsDoc());
  });
});

describe('the table of presets', () => {
  it('names every preset once, and other shapes of an app after an app that is there', () => {
    const ids = PRESETS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { app } of PRESETS) if (app !== undefined) expect(ids).toContain(app);
  });

  it('says for every preset where its database is, and never forbids a key it rewrites', () => {
    for (const { id, keys, repoint, forbidden } of PRESETS) {
      expect(repoint !== undefined || keys.some(({ form }) => form !== undefined), id).toBe(true);
      expect(
        keys.filter(({ key }) => forbidden.includes(key)),
        id,
      ).toEqual([]);
    }
  });

  it.each([
    ['ghcr.io/goauthentik/server:2025.6', 'authentik'],
    ['vaultwarden/server:1.34-alpine', 'vaultwarden'],
    ['codeberg.org/forgejo/forgejo:11', 'gitea'],
    ['grafana/grafana-oss:12.0.1', 'grafana-url'],
    ['docker.io/freshrss/freshrss@sha256:00', 'freshrss'],
    ['lscr.io/linuxserver/prowlarr', 'prowlarr'],
    ['ghcr.io/immich-app/immich-server:v1.135', 'immich-url'],
  ])('%s is found by its image', (image, id) => expect(presetForImage(image)?.id).toBe(id));

  it('offers the nearest name for a typo', () => expect(suggest('vaultwarten', appNames())).toBe('vaultwarden'));
});
