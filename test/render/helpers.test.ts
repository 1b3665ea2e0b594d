import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPart } from '../../src/render/check-part.js';
import { renderDatabasePart } from '../../src/render/database-part.js';
import { renderTemplate } from '../../src/render/handlebars.js';
import { goString, goTemplateLiteral } from '../../src/render/helpers/go-template.js';
import { hclHeredoc, hclString } from '../../src/render/helpers/hcl.js';
import { indentHcl } from '../../src/render/indent-hcl.js';
import { presetById, presetForImage } from '../../src/render/presets.js';
import { renderRehearsalJob } from '../../src/render/rehearsal-job.js';
import { hostileText } from '../support/hostile-text.js';
import { expectGolden } from './golden.js';
import { databases, dockerPart, rehearsal, samplePart } from './sample-part.js';

describe('escaping', () => {
  test.each([
    ['plain', '"plain"'],
    ['a"b\\c\nd', '"a\\"b\\\\c\\nd"'],
    ['${x} %{y}', '"$${x} %%{y}"'],
    ['$${x}', '"\\u0024$${x}"'],
    ['$x %y', '"$x %y"'],
  ])('%j is a quoted HCL string', (text, hcl) => expect(hclString(text)).toBe(hcl));

  test('what HCL cannot hold is refused', () => {
    for (const text of ['a\0b', '\ud800', 'e\u0301']) {
      expect(() => hclString(text)).toThrow(expect.objectContaining({ code: 'NAME_UNSAFE' }));
      expect(() => hclHeredoc(`${text}\n`)).toThrow(expect.objectContaining({ code: 'NAME_UNSAFE' }));
    }
    expect(() => hclHeredoc('a\r\n')).toThrow(expect.objectContaining({ code: 'NAME_UNSAFE' }));
    expect(() => hclHeredoc('no newline')).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  test('a heredoc ends with a word that its text does not hold', () => {
    expect(hclHeredoc('EOT\n  EOT_\n')).toBe('<<EOT__\nEOT\n  EOT_\nEOT__');
  });

  test('no text can open an action of its own', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const literal = goTemplateLiteral(text);
        expect(literal.replaceAll('{{ "{{" }}', '')).not.toContain('{{');
        expect(literal.replaceAll('{{ "{{" }}', '{{')).toBe(text);
        expect(goString(text)).not.toContain('}}');
      }),
    );
  });

  test('indenting leaves heredoc bodies alone', () => {
    expect(indentHcl('a {\n  b = <<EOT\n  x\n}\nEOT\n\n  c = 1\n}\n', '\t', '\t', '\r\n')).toBe(
      '\ta {\r\n\t\tb = <<EOT\r\n  x\n}\n\tEOT\r\n\r\n\t\tc = 1\r\n\t}\r\n'.replace('\tEOT', '\tEOT'),
    );
  });
});

describe('templates', () => {
  test('nothing is escaped for HTML and nothing may be missing', () => {
    expect(renderTemplate('{{a}} {{sqlIdent a}} {{shQuote a}}', { a: '<"\'&' })).toBe("<\"'& \"<\"\"'&\" '<\"'\\''&'");
    expect(() => renderTemplate('{{b}}', { a: 1 })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(() => renderTemplate('{{sqlIdent a}}', { a: 1 })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(() => renderTemplate('{{shout a}}', { a: 1 })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  test('rendering is deterministic and matches the golden files', () => {
    const job = {
      jobId: 'dbctl-rehearse-speedtest-20261120-211530-ab12',
      namespace: 'default',
      datacenters: ['dc1'],
      nodeId: '5f2b',
    };
    const volume = { label: 'postgres_data', kind: 'dynamic', source: 'dbctl-rehearse-speedtest' } as const;
    const files = {
      'rehearsal-exec-host.nomad.hcl': rehearsal({ volume }),
      'rehearsal-docker-bridge.nomad.hcl': dockerPart({ purpose: 'rehearsal', network: 'bridge', port: 5432, volume }),
      'rehearsal-podman-host-18.nomad.hcl': dockerPart({
        purpose: 'rehearsal',
        driver: 'podman',
        image: 'postgres:18',
        major: 18,
        volume,
      }),
    };
    for (const [name, part] of Object.entries(files)) {
      expectGolden(name, renderRehearsalJob(part, job));
      expect(renderRehearsalJob(part, job)).toBe(renderRehearsalJob(part, job));
    }
    expect(renderDatabasePart(samplePart())).toContain('task "db-gate" {');
  });

  test('a real part never becomes a rehearsal job', () => {
    const job = { jobId: 'j', namespace: 'd', datacenters: ['a'], nodeId: 'n' };
    expect(() => renderRehearsalJob(samplePart(), job)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

describe('parts that are refused', () => {
  test.each([
    ['a service that is a path', { service: '../x' }, 'NAME_UNSAFE'],
    ["the server's own database", { databases: databases('postgres') }, 'NAME_UNSAFE'],
    ["the server's own role", { role: 'pg_monitor' }, 'NAME_UNSAFE'],
    ['a name with a line break', { databases: databases('a\nb') }, 'NAME_UNSAFE'],
    ['a name of 64 bytes', { role: 'é'.repeat(32) }, 'NAME_UNSAFE'],
    ['the same database twice', { databases: databases('a', 'a') }, 'INTERNAL'],
    ['no database', { databases: [] }, 'INTERNAL'],
    ['an old major', { major: 12 }, 'JOBSPEC_UNSUPPORTED'],
    ['raw_exec', { driver: 'raw_exec' as const }, 'JOBSPEC_UNSUPPORTED'],
    ['docker without an image', { driver: 'docker' as const }, 'INTERNAL'],
  ])('%s', (_name, overrides, code) => {
    expect(() => checkPart(samplePart(overrides))).toThrow(expect.objectContaining({ code }));
  });
});

describe('presets', () => {
  test('an image finds its preset whatever its registry, tag and digest', () => {
    for (const image of [
      'speedtest-tracker',
      'ghcr.io/a/speedtest-tracker:v1',
      'r:5000/speedtest-tracker:1@sha256:ab',
    ]) {
      expect(presetForImage(image)?.id).toBe('speedtest-tracker');
    }
    expect(presetForImage('not-speedtest-tracker-fork')).toBeUndefined();
    expect(presetById('libpq')?.keys[0]?.key).toBe('PGHOST');
  });
});
