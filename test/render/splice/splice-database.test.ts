import { describe, expect, test } from 'vitest';
import { isDbctlError } from '../../../src/errors/dbctl-error.js';
import { type Hcl, loadHcl } from '../../../src/render/splice/load-hcl.js';
import { type SpliceOptions, spliceDatabase } from '../../../src/render/splice/splice-database.js';
import { unsplice } from '../../../src/render/splice/unsplice.js';
import { expectGolden, golden } from '../golden.js';
import { bridgeCase, hostCase, noneCase } from './cases.js';

const hcl: Hcl = await loadHcl();
const hostFile = golden('speedtest-host.before.nomad.hcl');
const bridgeFile = golden('speedtest-bridge.before.nomad.hcl');

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isDbctlError(error, 'JOBSPEC_UNSUPPORTED')) return `${error.where ?? ''}: ${error.message}`;
    throw error;
  }
  return 'not refused';
}

const env = (lines: string): string => `job "x" {
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
const envCase: SpliceOptions = { ...hostCase, group: 'g' };
const splicedLines = (lines: string): string => {
  const source = env(`DB_CONNECTION=pgsql\n${lines}`);
  const { text } = spliceDatabase(hcl, source, envCase);
  expect(unsplice(hcl, text)).toBe(source);
  return /<<EOH\nDB_CONNECTION=pgsql\n([\s\S]*?)\nEOH/.exec(text)?.[1] ?? 'no heredoc';
};
const refusedLines = (lines: string): string =>
  refusal(() => spliceDatabase(hcl, env(`DB_CONNECTION=pgsql\n${lines}`), envCase));

describe('splicing a jobspec', () => {
  test('a host-mode file gets part, port and settings', () => {
    const { text, settings } = spliceDatabase(hcl, hostFile, hostCase);
    expectGolden('speedtest-host.after.nomad.hcl', text);
    const from = (field: string) => `{{ range nomadService "postgresql" }}{{ .${field} }}{{ end }}`;
    expect(settings).toEqual([
      { task: 'app', place: 'template', key: 'DB_HOST', from: from('Address'), to: '127.0.0.1' },
      { task: 'app', place: 'template', key: 'DB_PORT', from: from('Port'), to: '5433' },
    ]);
  });

  test('containers with a network each reach it over a port of the allocation', () => {
    const source = golden('speedtest-none.before.nomad.hcl');
    const { text, settings } = spliceDatabase(hcl, source, noneCase);
    expectGolden('speedtest-none.after.nomad.hcl', text);
    expect(settings.map(({ key, to }) => `${key} ${to}`)).toEqual([
      'DB_HOST ${NOMAD_IP_db}',
      'DB_PORT ${NOMAD_PORT_db}',
    ]);
    expect(text).toMatch(/ports += \["db"\]/);
    expect(unsplice(hcl, text, 'speedtest')).toBe(source);
  });

  test('a bridge-mode file with tabs, env blocks and a lookup over lines is changed in its own style', () => {
    const { text, settings } = spliceDatabase(hcl, bridgeFile, bridgeCase);
    expectGolden('speedtest-bridge.after.nomad.hcl', text);
    expect(settings.map(({ task, place, key, from, to }) => [task, place, key, from, to].join(' '))).toEqual([
      'app template DB_HOST "{{ .Address }}" 127.0.0.1',
      'app template DB_PORT {{ .Port }} 5432',
      'cron env DB_HOST 10.0.0.5 127.0.0.1',
    ]);
  });

  test.each([
    ['host', hostFile, hostCase],
    ['bridge', bridgeFile, bridgeCase],
    ['host with CRLF', hostFile.replaceAll('\n', '\r\n'), hostCase],
    ['bridge with CRLF', bridgeFile.replaceAll('\n', '\r\n'), bridgeCase],
    ['host without a newline at the end', hostFile.trimEnd(), hostCase],
  ])('%s: twice is once, and taking it out gives the same bytes', (_name, source, options) => {
    const once = spliceDatabase(hcl, source, options);
    expect(once.text).not.toBe(source);
    expect(spliceDatabase(hcl, once.text, options)).toEqual(once);
    expect(unsplice(hcl, once.text)).toBe(source);
    expect(unsplice(hcl, source)).toBe(source);
  });

  test('another port renders the part anew and still knows the first original', () => {
    const first = spliceDatabase(hcl, hostFile, hostCase);
    const second = spliceDatabase(hcl, first.text, { ...hostCase, part: { ...hostCase.part, port: 5440 } });
    expect(second.text).toContain('static = 5440');
    expect(second.text).not.toContain('5433');
    expect(unsplice(hcl, second.text)).toBe(hostFile);
  });

  test('a one-line network block and a group without one both get the port', () => {
    const oneLine = 'job "x" {\n  group "g" {\n    network { mode = "host" } # lan\n    task "app" {\n    }\n  }\n}\n';
    const none = 'job "x" {\n  group "g" {\n    task "app" {\n    }\n  }\n}\n';
    for (const source of [oneLine, none]) {
      const { text } = spliceDatabase(hcl, source, { ...envCase, tasks: [] });
      expect(text).toContain('port "db" {');
      expect(text.match(/network \{/g)).toHaveLength(text.includes('# was') ? 2 : 1);
      expect(unsplice(hcl, text)).toBe(source);
    }
  });

  test('other keys of the file keep their values even when they look alike', () => {
    const { text } = spliceDatabase(hcl, hostFile, hostCase);
    expect(text).toContain('env { DB_HOST = "elsewhere" }');
    expect(splicedLines('# DB_HOST=x\nMY_DB_HOST=a\nDB_HOST=b\nDB_PORT=1')).toBe(
      '# DB_HOST=x\nMY_DB_HOST=a\nDB_HOST=127.0.0.1\nDB_PORT=5433',
    );
  });
});

describe('template lines', () => {
  test.each([
    ['spaces and export', ' export DB_HOST = "a b"  \nDB_PORT = 1', ' export DB_HOST = 127.0.0.1  \nDB_PORT = 5433'],
    ['a missing port', 'DB_HOST=a\nX=1', 'DB_HOST=127.0.0.1\nDB_PORT=5433\nX=1'],
    [
      'a secret around everything',
      '{{ with secret "s" }}\nDB_HOST={{ .Data.data.host }}\nDB_PORT=1\nDB_PASSWORD={{ .Data.data.p }}\n{{ end }}',
      '{{ with secret "s" }}\nDB_HOST=127.0.0.1\nDB_PORT=5433\nDB_PASSWORD={{ .Data.data.p }}\n{{ end }}',
    ],
    [
      'a nested lookup with an independent line',
      '{{- with nomadService "pg" }}\n{{- with index . 0 }}\nDB_HOST={{ .Address }}\nDB_DATABASE=x\nDB_PORT={{ .Port }}\n{{- end }}\n{{- end }}\nA=1',
      'DB_HOST=127.0.0.1\nDB_DATABASE=x\nDB_PORT=5433\nA=1',
    ],
    [
      'a password looked up inside of the lookup',
      '{{ range service "pg" }}DB_HOST={{ .Address }}\nDB_PORT={{ .Port }}\nDB_PASSWORD={{ with secret "s" }}{{ .Data.data.p }}{{ end }}\n{{ end }}',
      'DB_HOST=127.0.0.1\nDB_PORT=5433\nDB_PASSWORD={{ with secret "s" }}{{ .Data.data.p }}{{ end }}',
    ],
    [
      'trimming actions on both sides',
      '{{- range nomadService "pg" }}\nDB_HOST={{ .Address }}\nDB_PORT={{ .Port }}\n{{- end }}\n{{- with secret "s" }}\nP={{ .Data.data.p }}\n{{- end }}',
      'DB_HOST=127.0.0.1\nDB_PORT=5433\n{{- with secret "s" }}\nP={{ .Data.data.p }}\n{{- end }}',
    ],
    [
      'a lookup that begins on the line of its first key',
      '{{ range nomadService "pg" }}DB_HOST={{ .Address }}\nDB_PORT={{ .Port }}{{ end }}\nX=1',
      'DB_HOST=127.0.0.1\nDB_PORT=5433\nX=1',
    ],
    ['braces in a string', 'DB_HOST={{ key "}}" }}\nDB_PORT={{ `}}` }}', 'DB_HOST=127.0.0.1\nDB_PORT=5433'],
    [
      'a neighbour that eats line breaks, which finds the same ones',
      '{{ range service "pg" }}\nDB_HOST={{ .Address }}\nDB_PORT=1\n{{ end }}\n{{- key "more" }}',
      '{{ if true }}\nDB_HOST=127.0.0.1\nDB_PORT=5433\n{{ end }}\n{{- key "more" }}',
    ],
  ])('%s', (_name, before, after) => expect(splicedLines(before)).toBe(after));

  test.each([
    [
      'a condition',
      '{{ if true }}\nDB_HOST=a\n{{ end }}\nDB_PORT=1',
      'line 9: DB_HOST: the key is set under a condition',
    ],
    [
      'a line that needs the lookup',
      '{{ range service "pg" }}\nDB_HOST={{ .Address }}\nDB_PORT=1\nNODE={{ .Node }}\n{{ end }}',
      'line 9: DB_HOST: a line inside the lookup depends on it',
    ],
    [
      'an else that sets more',
      '{{ range service "p" }}\nDB_HOST=a\n{{ else }}\nDB_HOST=b\nNODE=x\n{{ end }}\nDB_PORT=1',
      'line 9: DB_HOST: the key is set under a condition',
    ],
    [
      'an else if',
      '{{ with service "p" }}\nDB_HOST=a\n{{ else if true }}\nDB_HOST=b\n{{ end }}\nDB_PORT=1',
      'line 9: DB_HOST: the key is set under a condition',
    ],
    [
      'an else around a lookup',
      '{{ with key "x" }}\n{{ with service "p" }}\nDB_HOST=a\n{{ end }}\n{{ else }}\nDB_HOST=b\n{{ end }}\nDB_PORT=1',
      'line 10: DB_HOST: the key is set under a condition',
    ],
    [
      'a URL that wins',
      'DB_HOST=a\nDB_PORT=1\nDB_URL=postgres://a/b',
      'line 10: DB_URL wins over the keys that Speedtest Tracker would be given',
    ],
    ['no host', 'DB_PORT=1', 'line 3: task "app" does not set DB_HOST in this file'],
    [
      'an action that never ends',
      'DB_HOST={{ key "x"\nDB_PORT=1',
      'line 4: DB_HOST is in a template dbctl cannot change',
    ],
    [
      'a condition of HCL',
      '%{ if true }\nDB_HOST=a\n%{ endif }\nDB_PORT=1',
      'line 4: DB_HOST is in a template dbctl cannot change',
    ],
  ])('%s is refused with its line', (_name, lines, message) => expect(refusedLines(lines)).toBe(message));

  test('another database kind is refused', () => {
    const source = env('DB_CONNECTION=sqlite\nDB_HOST=a\nDB_PORT=1');
    expect(refusal(() => spliceDatabase(hcl, source, envCase))).toBe('line 7: DB_CONNECTION is not pgsql');
    const without = env('DB_HOST=a\nDB_PORT=1');
    expect(refusal(() => spliceDatabase(hcl, without, envCase))).toContain('DB_CONNECTION is not set');
  });
});

describe('files that cannot be changed safely', () => {
  const taken = (text: string): string => hostFile.replace('/* settings of the app */', text);
  test.each([
    ['a task of the same name', taken('task "postgres" {\n}'), 'the group has a task called "postgres" already'],
    ['a service of the same name', taken('service {\n name = "speedtest-postgres"\n}'), 'a service called'],
    ['a second network', taken('network {\n}'), 'the group has two network blocks'],
    ['a dynamic block', taken('dynamic "task" {\n}'), 'dynamic blocks'],
    ['a port of that name', hostFile.replace('port "http"', 'port "db"'), 'a port called "db"'],
    ['another mode', hostFile.replace('mode = "host"', 'mode = "bridge"'), 'network mode is not "host"'],
    ['no such group', hostFile.replace('group "speedtest"', 'group "web"'), 'no group "speedtest"'],
    ['no such task', hostFile.replace('task "app"', 'task "web"'), 'no task "app"'],
  ])('%s is refused', (_name, source, message) => {
    expect(refusal(() => spliceDatabase(hcl, source, hostCase))).toMatch(/^line \d+: /);
    expect(refusal(() => spliceDatabase(hcl, source, hostCase))).toContain(message);
  });

  test('broken HCL is refused with its line', () => {
    const broken = hostFile.replace('count = 1', 'count = = 1');
    expect(() => spliceDatabase(hcl, broken, hostCase)).toThrow(
      expect.objectContaining({ code: 'JOBSPEC_UNPARSABLE', where: 'line 7' }),
    );
  });

  test('an edit between the marks stops a splice but not a way back', () => {
    const { text } = spliceDatabase(hcl, hostFile, hostCase);
    const edited = text.replace('memory = 128', 'memory = 512');
    expect(refusal(() => spliceDatabase(hcl, edited, hostCase))).toContain('edited by hand');
    expect(unsplice(hcl, edited)).toBe(hostFile);
  });

  test('damaged marks, damaged originals and a changed setting stop the way back', () => {
    const { text } = spliceDatabase(hcl, hostFile, hostCase);
    const without = (pattern: RegExp): string => text.replace(pattern, '');
    const cases: [string, string][] = [
      [without(/^.*# <<< dbctl part.*\n/m), 'the marks of dbctl are damaged'],
      [without(/^.*# >>> dbctl part.*\n/m), 'the marks of dbctl are damaged'],
      [without(/^.*# >>> dbctl port.*\n/m), 'the marks of dbctl are damaged'],
      [without(/^.*# was .*DB_PORT.*\n/m), 'a line that keeps an original value was damaged'],
      [text.replace('range nomadService \\"postgresql', 'range nomadService \\"pg'), 'a line that keeps an original'],
      [text.replace('DB_HOST=127.0.0.1', 'DB_HOST=10.0.0.9'), 'DB_HOST of task "app" is not 127.0.0.1 any more'],
      [text.replace('DB_PORT=5433\n', ''), 'DB_PORT of task "app" is not 5433 any more'],
      [text.replace('DB_PORT=5433\n', 'DB_PORT=5433\nDB_PORT=5433\n'), 'DB_PORT of task "app" is not 5433 any more'],
      [text.replace('task "app"', 'task "web"'), 'has no task "app"'],
    ];
    for (const [source, message] of cases) {
      expect(source).not.toBe(text);
      expect(refusal(() => unsplice(hcl, source))).toContain(message);
      expect(refusal(() => unsplice(hcl, source))).toMatch(/^line \d+: /);
    }
  });
});
