import { describe, expect, test } from 'vitest';
import { loadHcl } from '../../../src/render/splice/load-hcl.js';
import { removeServiceFromInit } from '../../../src/render/splice/shared-init.js';
import { expectGolden, golden } from '../golden.js';

const hcl = await loadHcl();
const shared = golden('shared.before.nomad.hcl');
const speedtest = { databases: ['speedtest'], role: 'speedtest' };

const sqlFile = (sql: string): string =>
  `job "p" {\n  group "g" {\n    task "t" {\n      template {\n        data = <<EOH\n${sql}\nEOH\n      }\n    }\n  }\n}\n`;
const remaining = (sql: string): string =>
  /<<EOH\n([\s\S]*?)\n?EOH/.exec(removeServiceFromInit(hcl, sqlFile(sql), speedtest).text)?.[1] ?? '';

describe("taking a service out of the shared job's init", () => {
  test('its own statements and comments go, all other bytes stay', () => {
    const { text, removed } = removeServiceFromInit(hcl, shared, speedtest);
    expectGolden('shared.after.nomad.hcl', text);
    expect(removed).toHaveLength(6);
    const gone = shared.split('\n').filter((line) => !text.split('\n').includes(line));
    expect(gone.join('\n')).not.toMatch(/freshrss|speedtest-ui|vaultwarden/);
  });

  test('a second time there is nothing to take out', () => {
    const once = removeServiceFromInit(hcl, shared, speedtest).text;
    expect(removeServiceFromInit(hcl, once, speedtest)).toEqual({ text: once, removed: [] });
  });

  test('quotes, dollar quotes and template actions hide semicolons', () => {
    const kept = "COMMENT ON DATABASE wiki IS 'x; speed';\nDO $x$ BEGIN PERFORM 1; END $x$;";
    expect(remaining(`SELECT 1;\n${kept}\nALTER ROLE speedtest SET x = 'a''; \\';\nSELECT 2;`)).toBe(
      `SELECT 1;\n${kept}\nSELECT 2;`,
    );
    expect(remaining('CREATE ROLE speedtest PASSWORD \'{{ key "a;b" }}\';\nSELECT 1;')).toBe('SELECT 1;');
  });

  test('statements on one line are told apart', () => {
    expect(remaining('CREATE ROLE a; CREATE ROLE speedtest; CREATE ROLE b;')).toBe('CREATE ROLE a;  CREATE ROLE b;');
  });

  test('every database of the service goes, with the role they share', () => {
    const both = { databases: ['arr_main', 'arr_log'], role: 'arr' };
    const sql = [
      'CREATE ROLE wiki;',
      'CREATE ROLE arr;',
      'CREATE DATABASE arr_main OWNER arr;',
      'CREATE DATABASE arr_log OWNER arr;',
      'GRANT ALL ON DATABASE arr_log TO arr;',
      'CREATE DATABASE arr_mainframe OWNER wiki;',
    ];
    const { text, removed } = removeServiceFromInit(hcl, sqlFile(sql.join('\n')), both);
    expect(removed).toHaveLength(4);
    expect(text).toBe(sqlFile('CREATE ROLE wiki;\nCREATE DATABASE arr_mainframe OWNER wiki;'));
  });

  test('a literal password is not quoted in the answer', () => {
    const { removed } = removeServiceFromInit(hcl, sqlFile("CREATE ROLE speedtest PASSWORD 'hunter2';"), speedtest);
    expect(removed).toEqual(["CREATE ROLE speedtest PASSWORD '[secret]';"]);
  });

  test.each([
    ['a statement for two services', 'CREATE ROLE grafana;\nGRANT speedtest TO grafana;', 'line 7'],
    ['a quote without end', "SELECT 1;\nCREATE ROLE speedtest PASSWORD 'x", 'line 6'],
  ])('%s is refused with its line', (_name, sql, where) => {
    expect(() => removeServiceFromInit(hcl, sqlFile(sql), speedtest)).toThrow(
      expect.objectContaining({ code: 'JOBSPEC_UNSUPPORTED', where }),
    );
  });

  test('a shell loop over the services is refused', () => {
    const loop = shared.replace(
      'until pg_isready',
      'for db in freshrss speedtest; do createdb "$db"; done\nuntil pg_isready',
    );
    expect(() => removeServiceFromInit(hcl, loop, speedtest)).toThrow(expect.objectContaining({ where: 'line 12' }));
  });

  test("the server's own names are refused", () => {
    expect(() => removeServiceFromInit(hcl, shared, { databases: ['postgres'], role: 'x' })).toThrow('no service');
  });
});
