import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { addService } from '../../src/inventory/add-service.js';
import { parseInventory } from '../../src/inventory/parse.js';

const services = (text: string): Record<string, unknown> =>
  (parseDocument(text).toJS() as { services: Record<string, unknown> }).services;

describe('adding a service to the inventory', () => {
  it('puts one line after the last service, whatever comments stand around', () => {
    const text = `version: 1 # keep
services:
  # the line to the provider
  speedtest: { priority: high } # moved in May

  gitea:
    priority: low # last
    # nothing more

# end of file
`;
    expect(addService(text, 'news', { priority: 'low', app: 'miniflux', extensions: ['vector'] })).toBe(
      text.replace('# last\n', '# last\n  news: { priority: low, app: miniflux, extensions: [vector] }\n'),
    );
  });

  it('writes a number as one, so that the inventory can be read again', () => {
    const added = addService('version: 1\nservices:\n  a: {}\n', 'b', { image: 'postgres:15-alpine', major: 15 });
    expect(added).toBe('version: 1\nservices:\n  a: {}\n  b: { image: "postgres:15-alpine", major: 15 }\n');
  });

  it('adds to a mapping in braces, empty or not', () => {
    expect(addService('version: 1\nservices: {}\n', 'a', { app: 'x' })).toBe(
      'version: 1\nservices: { a: { app: x } }\n',
    );
    expect(addService('version: 1\nservices: { b: {} } # two\n', 'a', {})).toBe(
      'version: 1\nservices: { b: {}, a: {} } # two\n',
    );
  });

  it('keeps carriage returns, and a file without a last newline', () => {
    expect(addService('version: 1\r\nservices:\r\n  a: {}\r\n', 'b', {})).toBe(
      'version: 1\r\nservices:\r\n  a: {}\r\n  b: {}\r\n',
    );
    expect(addService('version: 1\nservices:\n  a: {}', 'b', {})).toBe('version: 1\nservices:\n  a: {}\n  b: {}');
  });

  it('refuses a name that is there already and a file without services', () => {
    expect(() => addService('version: 1\nservices: { a: {} }\n', 'a', {})).toThrow('cannot be added');
    expect(() => addService('version: 1\n', 'a', {})).toThrow('cannot be added');
  });

  it('quotes what YAML would take for something else', () => {
    const text = addService('version: 1\nservices:\n  a: {}\n', '1e3', { database: 'no', role: 'a: b # "c"' });
    expect(services(text)['1e3']).toEqual({ database: 'no', role: 'a: b # "c"' });
  });

  it('keeps every other byte, and every other service, of any inventory', () => {
    const comment = fc.constantFrom('', ' # note', ' #: { } odd');
    const value = fc.constantFrom('{}', '{ priority: low }', '\n    priority: low', '\n    port: 5440\n    # inner');
    const entry = fc.tuple(fc.constantFrom('', '\n', '\n  # about it'), value, comment);
    const file = fc.record({
      entries: fc.array(entry, { minLength: 1, maxLength: 5 }),
      head: fc.constantFrom('', '# top\n', '---\n'),
      tail: fc.constantFrom('', '\n', '\n# tail\n', '\ndefaults: { driver: exec } # late\n', '\n\n\n'),
      eol: fc.constantFrom('\n', '\r\n'),
    });
    fc.assert(
      fc.property(file, ({ entries, head, tail, eol }) => {
        const body = entries.map(([before, of, after], at) => `${before}\n  s${at}: ${of}${after}`).join('');
        const text = `${head}version: 1\nservices:${body}${tail}`.replaceAll('\n', eol);
        const added = addService(text, 'newservice', { app: 'miniflux', jobspec: 'jobs/newservice.nomad.hcl' });
        const line = '  newservice: { app: miniflux, jobspec: jobs/newservice.nomad.hcl }';
        expect(added.split(line).length).toBe(2);
        expect([added.replace(`${line}${eol}`, ''), added.replace(`${eol}${line}`, '')]).toContain(text);
        const { newservice, ...others } = services(added);
        expect(newservice).toEqual({ app: 'miniflux', jobspec: 'jobs/newservice.nomad.hcl' });
        expect(others).toEqual(services(text));
        expect(parseInventory(added, 'dbctl.yaml').services.at(-1)?.name).toBe('newservice');
      }),
    );
  });
});
