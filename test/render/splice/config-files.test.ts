import { describe, expect, test } from 'vitest';
import { isDbctlError } from '../../../src/errors/dbctl-error.js';
import { configSettings } from '../../../src/render/splice/config-lines.js';
import { loadHcl } from '../../../src/render/splice/load-hcl.js';
import { type SpliceOptions, spliceDatabase } from '../../../src/render/splice/splice-database.js';
import { unsplice } from '../../../src/render/splice/unsplice.js';
import { hostCase, preset } from './cases.js';

const hcl = await loadHcl();

const job = (text: string): string => `job "x" {
  group "g" {
    task "app" {
      template {
        destination = "secrets/configuration.yml"
        data        = <<EOH
${text}
EOH
      }
    }
  }
}
`;
const options = (id: string): SpliceOptions => ({ ...hostCase, group: 'g', preset: preset(id) });

function changed(id: string, text: string): string {
  const source = job(text);
  const once = spliceDatabase(hcl, source, options(id));
  expect(unsplice(hcl, once.text)).toBe(source);
  expect(spliceDatabase(hcl, once.text, options(id))).toEqual(once);
  expect(once.settings.every(({ place }) => place === 'file')).toBe(true);
  return /<<EOH\n([\s\S]*?)\nEOH/.exec(once.text)?.[1] ?? '';
}

function refusal(id: string, text: string): string {
  try {
    spliceDatabase(hcl, job(text), options(id));
  } catch (error) {
    if (isDbctlError(error, 'JOBSPEC_UNSUPPORTED')) return `${error.where ?? ''}: ${error.message}`;
    throw error;
  }
  return 'not refused';
}

const authelia = (address: string, more = ''): string => `---
theme: dark
session:
  redis:
    host: 10.0.0.9 # not ours
    address: 'tcp://10.0.0.9:6379'
storage:
  encryption_key: '{{ with secret "secret/data/authelia" }}{{ .Data.data.key }}{{ end }}'
  # address: 'tcp://10.0.0.5:5432'
  postgres:
    address: ${address}
    database: 'authelia'
    username: authelia
    password: '{{ with secret "secret/data/postgres/authelia" }}{{ .Data.data.password }}{{ end }}'
notifier:
  smtp:
    address: 'smtp://mail:25'${more}`;

const lookup = (field: string): string => `{{ range nomadService "postgresql" }}{{ .${field} }}{{ end }}`;

describe('a config file that a template makes', () => {
  test.each([
    `'tcp://${lookup('Address')}:${lookup('Port')}'`,
    `'tcp://{{ range service "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}'`,
    "'tcp://10.0.0.5:5432'",
    '"tcp://postgresql.service.consul:5432"',
    'tcp://10.0.0.5',
  ])('Authelia: %s becomes the new address and all else stays', (address) => {
    const quote = /^["']/.exec(address)?.[0] ?? '';
    expect(changed('authelia', authelia(address))).toBe(authelia(`${quote}tcp://127.0.0.1:5433${quote}`));
  });

  test('host and port of their own, in YAML and in hjson', () => {
    const old = (host: string, port: string): string =>
      `storage:\n  postgres:\n    host: ${host}\n    port: ${port}\n    database: a`;
    expect(changed('authelia-parts', old(`"${lookup('Address')}"`, lookup('Port')))).toBe(old('"127.0.0.1"', '5433'));
    const lemmy = (host: string, port: string): string =>
      `{\n  hostname: "lemmy.home"\n  database: {\n    host: "${host}"\n    port: ${port},\n    user: lemmy\n  }\n}`;
    expect(changed('lemmy', lemmy('10.0.0.5', '5432'))).toBe(lemmy('127.0.0.1', '5433'));
  });

  test('a URL in YAML keeps user, password and query', () => {
    const ha = (at: string): string =>
      `recorder:\n  db_url: "postgresql://ha:{{ with secret "s" }}{{ .Data.data.p }}{{ end }}@${at}/ha?sslmode=off"\nsensor: []`;
    expect(changed('home-assistant', ha('10.0.0.5:5432'))).toBe(ha('127.0.0.1:5433'));
  });

  test.each([
    ['another server', authelia("'tcp://10.0.0.77:5432'"), 'line 17: storage.postgres.address does not plainly name'],
    ['another port', authelia("'tcp://10.0.0.5:5444'"), 'line 17: storage.postgres.address does not plainly name'],
    ['another service', authelia(`'tcp://${lookup('Address').replace('postgresql', 'pg')}:5432'`), 'line 17: '],
    [
      'a key nobody can see through',
      authelia('\'tcp://{{ key "pg" }}\''),
      'line 17: storage.postgres.address does not plainly',
    ],
    [
      'a second mention',
      authelia(
        "'tcp://10.0.0.5:5432'",
        '\nsql:\n  dsn: postgres://a@postgresql.service.consul/a\n  also: 10.0.0.5:5432\n  nas: http://10.0.0.5:8080',
      ),
      'line 25: a file of task "app" names the shared instance in more places: lines 25, 26',
    ],
    [
      'a condition',
      authelia("'tcp://10.0.0.5:5432'", '\n{{ end }}').replace('storage:', '{{ if true }}\nstorage:'),
      'line 18: storage.postgres.address: the key is set under a condition',
    ],
    [
      'no such key',
      'storage:\n  local: /config',
      'line 3: task "app" does not set storage.postgres.address in this file',
    ],
  ])('%s is refused with its lines', (_name, text, message) => expect(refusal('authelia', text)).toContain(message));
});

test('paths follow indentation, items of lists, sections and quotes', () => {
  const text = 'a:\n  b: 1\n  "c":\n    - d: \'x y\' # z\n      e: "q"\n    - d: r\n[s.t]\nhost = h\nf=2\n';
  expect(configSettings(text)).toEqual([
    ['a.b', '1'],
    ['a.c.0.d', 'x y'],
    ['a.c.0.e', 'q'],
    ['a.c.1.d', 'r'],
    ['s.t.host', 'h'],
    ['s.t.f', '2'],
  ]);
});

test('a list may stand at the indentation of its key, and an XML file has an element a line', () => {
  expect(configSettings('a:\n- b: 1\n  c: 2\n- b: 3\nd: 4\ne.f.g=5\n')).toEqual([
    ['a.0.b', '1'],
    ['a.0.c', '2'],
    ['a.1.b', '3'],
    ['d', '4'],
    ['e.f.g', '5'],
  ]);
  expect(
    configSettings(
      '<Config>\n  <Host>h</Host>\n  <Empty></Empty>\n  <Deep>\n    <Port>1</Port>\n  </Deep>\n</Config>\n',
    ),
  ).toEqual([
    ['Config.Host', 'h'],
    ['Config.Deep.Port', '1'],
  ]);
});
