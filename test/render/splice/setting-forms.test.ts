import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDbctlError } from '../../../src/errors/dbctl-error.js';
import { hclString } from '../../../src/render/helpers/hcl.js';
import type { Preset, PresetKey } from '../../../src/render/presets.js';
import { loadHcl } from '../../../src/render/splice/load-hcl.js';
import { type SpliceOptions, spliceDatabase } from '../../../src/render/splice/splice-database.js';
import { unsplice } from '../../../src/render/splice/unsplice.js';
import { hostileText } from '../../support/hostile-text.js';
import { hostCase, preset } from './cases.js';

const hcl = await loadHcl();

const of = (...keys: PresetKey[]): Preset => ({
  ...{ id: 'x', title: 'X', images: [], forbidden: [], required: [] },
  keys,
});
const URL_KEY = of({ key: 'DB', role: 'url', form: 'url' });
const options = (shape: Preset): SpliceOptions => ({ ...hostCase, group: 'g', preset: shape });

const inEnv = (value: string): string => `job "x" {
  group "g" {
    task "app" {
      env {
        DB = ${value}
      }
    }
  }
}
`;
const inTemplate = (lines: string): string => `job "x" {
  group "g" {
    task "app" {
      template {
        env  = true
        data = <<EOH
${lines}
EOH
      }
    }
  }
}
`;

/** What the splice makes of the source's own lines; proves the way back and that twice is once. */
function splice(source: string, shape: Preset): { own: string; shown: string[] } {
  const once = spliceDatabase(hcl, source, options(shape));
  expect(unsplice(hcl, once.text)).toBe(source);
  expect(spliceDatabase(hcl, once.text, options(shape))).toEqual(once);
  const own = once.text.slice(0, once.text.indexOf('    # >>> dbctl part')).replace(/ {4}network \{[\s\S]*$/, '');
  return { own, shown: once.settings.map(({ key, from, to }) => `${key} ${from} ${to}`) };
}
const line = (value: string): string =>
  /<<EOH\n([\s\S]*?)\nEOH/.exec(splice(inTemplate(value), URL_KEY).own)?.[1] ?? '';
const attribute = (value: string): string => /DB = (.*)\n/.exec(splice(inEnv(value), URL_KEY).own)?.[1] ?? '';

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isDbctlError(error, 'JOBSPEC_UNSUPPORTED')) return `${error.where ?? ''}: ${error.message}`;
    throw error;
  }
  return 'not refused';
}

const SECRET = '{{ with secret "secret/data/postgres/x" }}{{ .Data.data.password }}{{ end }}';
const LOOKUP = '{{ range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}';

describe('a connection string in a template', () => {
  test.each([
    ['plain', 'DB=postgres://u:p@h:5432/d', 'DB=postgres://u:p@127.0.0.1:5433/d'],
    ['no port', 'DB=postgres://u:p@h/d', 'DB=postgres://u:p@127.0.0.1:5433/d'],
    [
      'query and encoding',
      'DB=postgresql://u%40:p%2Fw@h/d?sslmode=off&a=b@c',
      'DB=postgresql://u%40:p%2Fw@127.0.0.1:5433/d?sslmode=off&a=b@c',
    ],
    ['IPv6', 'DB=postgres://u:p@[::1]:5432/d', 'DB=postgres://u:p@127.0.0.1:5433/d'],
    ['Consul DNS', 'DB=postgres://u:p@postgresql.service.consul/d', 'DB=postgres://u:p@127.0.0.1:5433/d'],
    ['interpolation', 'DB=postgres://u:p@${NOMAD_IP_db}:${NOMAD_PORT_db}/d', 'DB=postgres://u:p@127.0.0.1:5433/d'],
    ['secret and lookup', `DB=postgresql://u:${SECRET}@${LOOKUP}/d`, `DB=postgresql://u:${SECRET}@127.0.0.1:5433/d`],
    ['quotes', `DB="postgresql://u:${SECRET}@${LOOKUP}/d"`, `DB="postgresql://u:${SECRET}@127.0.0.1:5433/d"`],
    ['key lookup', 'DB=postgres://u:p@{{ key "pg/host" }}:{{ key "pg/port" }}/d', 'DB=postgres://u:p@127.0.0.1:5433/d'],
    [
      'variable around the line',
      '{{ with nomadVar "nomad/jobs/x" }}\nDB=postgres://u:{{ .password }}@10.0.0.5/d\n{{ end }}',
      '{{ with nomadVar "nomad/jobs/x" }}\nDB=postgres://u:{{ .password }}@127.0.0.1:5433/d\n{{ end }}',
    ],
    [
      'secret around the value',
      'DB={{ with secret "s" }}postgres://u:{{ .Data.data.p }}@h:5432/d{{ end }}',
      'DB={{ with secret "s" }}postgres://u:{{ .Data.data.p }}@127.0.0.1:5433/d{{ end }}',
    ],
    [
      'lookup around the value',
      `DB="{{ range service "postgresql" }}postgres://u:${SECRET}@{{ .Address }}:{{ .Port }}/d{{ end }}"`,
      `DB="postgres://u:${SECRET}@127.0.0.1:5433/d"`,
    ],
    [
      'lookup around the line',
      `{{ range service "postgresql" }}\nDB=postgres://u:${SECRET}@{{ .Address }}:{{ .Port }}/d\nA=1\n{{ end }}`,
      `DB=postgres://u:${SECRET}@127.0.0.1:5433/d\nA=1`,
    ],
    [
      'JDBC',
      `DB=jdbc:postgresql://${LOOKUP}/d?user=u&password=p`,
      'DB=jdbc:postgresql://127.0.0.1:5433/d?user=u&password=p',
    ],
    ['words', 'DB=user=u host=h port=5432 dbname=d', 'DB=user=u host=127.0.0.1 port=5433 dbname=d'],
    [
      'words, no port',
      `DB="host=${LOOKUP.replace(':{{ .Port }}', '')} password='a b' dbname=d"`,
      `DB="host=127.0.0.1 port=5433 password='a b' dbname=d"`,
    ],
    ['words, port first', "DB='port = 1 host = h user=u'", "DB='port = 5433 host = 127.0.0.1 user=u'"],
  ])('%s', (_name, before, after) => expect(line(before)).toBe(after));

  test.each([
    ['an @ that is not encoded', 'DB=postgres://u:p@w@h/d', 'DB: an @ in user or password is not percent-encoded'],
    ['a slash in the password', 'DB=postgres://u:p/w@h/d', 'DB: its host cannot be told apart'],
    [
      'a numeric password with a slash',
      'DB=postgres://u:1/w@h/d',
      'DB: an @ in user or password is not percent-encoded',
    ],
    ['a quote in the password', "DB=postgres://u:1'w@h/d", 'DB: a quote in it cannot be read for certain'],
    ['several hosts', 'DB=postgres://u:p@a:1,b:2/d', 'DB: it names several hosts'],
    ['a host in the query', 'DB=postgres://u@h/d?host=/run', 'DB: its query names a host as well'],
    [
      'a URL out of Vault',
      'DB={{ with secret "s" }}{{ .Data.data.url }}{{ end }}',
      'DB: it is no address that dbctl can read',
    ],
    [
      'user and host computed together',
      'DB=postgres://{{ key "authority" }}/d',
      'DB: its host is computed together with its user',
    ],
    [
      'hidden at-signs',
      'DB=postgres://{{ with secret "s" }}{{ .Data.data.u }}@h{{ end }}/d',
      'DB: its host is computed together',
    ],
    ['hostaddr', 'DB=host=h hostaddr=10.0.0.1 dbname=d', 'DB: it does not name exactly one host'],
    ['a backslash', "DB=host=h password='a\\'b'", 'DB: a backslash in it cannot be read for certain'],
    ['a socket', 'DB=postgres:///d', 'DB: its host cannot be told apart'],
    [
      'a password that hangs on the lookup',
      'DB={{ range service "postgresql" }}postgres://u:{{ .Tags }}@{{ .Address }}/d{{ end }}',
      'DB: a line inside the lookup depends on it',
    ],
  ])('%s is refused with its line', (_name, lines, message) => {
    const seen = refusal(() => spliceDatabase(hcl, inTemplate(lines), options(URL_KEY)));
    expect(seen).toMatch(/^line 7: /);
    expect(seen).toContain(message);
  });

  test('the plan shows host and port of it, never its password', () => {
    const { shown } = splice(inTemplate('DB=postgres://u:t0psecret@h:1/d'), URL_KEY);
    expect(shown).toEqual(['DB h:1 127.0.0.1:5433']);
    const lookup = splice(
      inTemplate(`DB={{ range service "postgresql" }}postgres://u:t0psecret@{{ .Address }}/d{{ end }}`),
      URL_KEY,
    );
    expect(lookup.shown.join()).not.toContain('t0psecret');
  });
});

describe('a connection string in env', () => {
  test.each([
    ['"postgres://u:p@h:5432/d"', '"postgres://u:p@127.0.0.1:5433/d"'],
    [
      '"postgres://u:${var.password}@${NOMAD_IP_db}:5432/d?x=$${y}"',
      '"postgres://u:${var.password}@127.0.0.1:5433/d?x=$${y}"',
    ],
    ['"host=h dbname=d"', '"host=127.0.0.1 port=5433 dbname=d"'],
  ])('%s', (before, after) => expect(attribute(before)).toBe(after));

  test.each(['var.url', '"${var.url}"', '"postgres://u:a\\"b@h/d"', 'format("postgres://%s/d", var.host)'])(
    '%s is refused',
    (value) => expect(refusal(() => spliceDatabase(hcl, inEnv(value), options(URL_KEY)))).toMatch(/^line 5: DB: /),
  );
});

describe('host and port in one key', () => {
  const gitea = preset('gitea');
  test.each([
    ['GITEA__database__HOST = "10.0.0.5:5432"', 'GITEA__database__HOST = "127.0.0.1:5433"'],
    ['GITEA__database__HOST = "${NOMAD_ADDR_db}"', 'GITEA__database__HOST = "127.0.0.1:5433"'],
  ])('%s', (before, after) => {
    const source = inEnv('1').replace('DB = 1', `GITEA__database__DB_TYPE = "postgres"\n        ${before}`);
    expect(splice(source, gitea).own).toContain(after);
  });

  test('a lookup of both becomes both', () => {
    const source = inTemplate(`GITEA__database__DB_TYPE=postgres\nGITEA__database__HOST=${LOOKUP}`);
    expect(splice(source, gitea).own).toContain('GITEA__database__HOST=127.0.0.1:5433\n');
  });
});

/** What may stand in a URL part: everything else is percent-encoded by whoever wrote it. */
const encoded = hostileText().map((text) => encodeURIComponent(text.replace(/\p{Cs}/gu, '')).replaceAll("'", '%27'));

test('whatever user, password, name and query are, only host and port of a URL change', () => {
  fc.assert(
    fc.property(
      encoded,
      encoded,
      encoded,
      encoded,
      fc.constantFrom('postgres://', 'jdbc:postgresql://'),
      (user, password, name, query, scheme) => {
        const login = scheme.startsWith('jdbc') ? '' : `${user}:${password}@`;
        const url = (at: string): string => `${scheme}${login}${at}/${name}?application_name=${query}`;
        expect(line(`DB=${url('h:5432')}`)).toBe(`DB=${url('127.0.0.1:5433')}`);
        expect(attribute(hclString(url('h:5432')))).toBe(hclString(url('127.0.0.1:5433')));
      },
    ),
    { numRuns: 20 },
  );
}, 30_000);

test('raw hostile passwords are refused or kept byte for byte, never taken for the address', () => {
  const raw = hostileText().filter((text) => !/[\r\n\p{Cs}]/u.test(text));
  fc.assert(
    fc.property(raw, fc.constantFrom('url', 'words'), (password, kind) => {
      const text = (at: string, port: string): string =>
        kind === 'url'
          ? `postgres://u:${password}@${at}:${port}/d`
          : `host=${at} port=${port} password=${password} user=u`;
      const source = inEnv(hclString(text('10.0.0.5', '5432')));
      try {
        const { own } = splice(source, URL_KEY);
        expect(own).toBe(inEnv(hclString(text('127.0.0.1', '5433'))).slice(0, own.length));
        expect(own).toContain(hclString(password).slice(1, -1));
      } catch (error) {
        if (!isDbctlError(error, 'JOBSPEC_UNSUPPORTED')) throw error;
      }
    }),
    { numRuns: 60 },
  );
}, 30_000);
