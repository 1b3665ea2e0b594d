import { beforeAll, describe, expect, it } from 'vitest';
import { presetById } from '../../../src/render/presets.js';
import { type Hcl, loadHcl } from '../../../src/render/splice/load-hcl.js';
import { type PointOptions, pointApp } from '../../../src/render/splice/point-app.js';
import { unsplice } from '../../../src/render/splice/unsplice.js';
import { expectGolden, golden } from '../golden.js';
import { ownPart } from '../sample-part.js';

const preset = presetById('speedtest-tracker');
if (preset === undefined) throw new Error('no preset');
const shared = { service: 'postgresql', hosts: ['10.88.0.1'], port: 5432 };
const before = golden('two-groups.before.nomad.hcl');
const options: PointOptions = {
  part: ownPart(),
  preset,
  shared,
  groups: [
    { name: 'web', tasks: ['app'] },
    { name: 'worker', tasks: ['app'] },
  ],
};

describe('an app whose database goes into a job of its own', () => {
  let hcl: Hcl;
  beforeAll(async () => {
    hcl = await loadHcl();
  });

  it('is pointed there in every group, and only the name of the service changes', () => {
    const { text, settings } = pointApp(hcl, before, options);
    expectGolden('two-groups.after.nomad.hcl', text);
    expect(settings.map(({ key }) => key)).toEqual(['DB_HOST', 'DB_PORT', 'DB_HOST', 'DB_PORT']);
    const changed = text
      .split('\n')
      .filter((line) => !before.split('\n').includes(line) && !line.trim().startsWith('#'));
    expect(changed.every((line) => line.includes('speedtest-postgres'))).toBe(true);
  });

  it('twice is once, and it comes back byte for byte', () => {
    const { text } = pointApp(hcl, before, options);
    expect(pointApp(hcl, text, options).text).toBe(text);
    expect(unsplice(hcl, text)).toBe(before);
  });

  it('keeps edits made elsewhere meanwhile when it comes back', () => {
    const { text } = pointApp(hcl, before, options);
    const edited = text.replace('count = 2', 'count = 3');
    expect(unsplice(hcl, edited)).toBe(before.replace('count = 2', 'count = 3'));
  });

  it('takes an address out of env, which cannot ask for a service, into a template, and back', () => {
    const literal = before.replace('APP_NAME = "Speedtest"', 'DB_HOST = "10.88.0.1" # here');
    const { text, settings } = pointApp(hcl, literal, options);
    expect(text).not.toMatch(/^\s*DB_HOST = "10\.88\.0\.1"/m);
    expect(text).toMatch(/env +=\s+true\s+data +=\s+<<EOT\nDB_HOST="\{\{ with nomadService "speedtest-postgres" \}\}/);
    expect(settings.filter(({ place }) => place === 'env').map(({ from }) => from)).toEqual(['10.88.0.1']);
    expect(pointApp(hcl, text, options).text).toBe(text);
    expect(unsplice(hcl, text)).toBe(literal);
    expect(unsplice(hcl, text.replace('count = 2', 'count = 3'))).toBe(literal.replace('count = 2', 'count = 3'));
  });

  it.each([
    ['an address that Nomad gives', '"${attr.unique.network.ip-address}"'],
    ['what a shell would read', '"a`b`"'],
    ['a backslash', '"a\\\\b"'],
  ])('is refused with the line where env holds %s', (_, value) => {
    const literal = before.replace('APP_NAME = "Speedtest"', `DB_HOST = ${value}`);
    const preset = { ...options.preset, keys: [{ key: 'DB_HOST', role: 'url', form: 'url' }] } as const;
    expect(() => pointApp(hcl, literal, { ...options, preset: { ...preset, required: [] } })).toThrow(
      expect.objectContaining({ code: 'JOBSPEC_UNSUPPORTED', where: expect.stringMatching(/^line \d+$/) }),
    );
  });

  it('is refused where a key shares its line', () => {
    const literal = before
      .replace('env {', 'env { # of the app')
      .replace('APP_NAME = "Speedtest"', 'DB_HOST = "10.88.0.1" /* a */');
    expect(() => pointApp(hcl, literal, options)).toThrow(expect.objectContaining({ code: 'JOBSPEC_UNSUPPORTED' }));
  });

  it('is refused when somebody edited between the marks', () => {
    const { text } = pointApp(hcl, before, options);
    const edited = text.replace('The database is in job', 'The database was in job');
    expect(() => pointApp(hcl, edited, options)).toThrow(expect.objectContaining({ code: 'JOBSPEC_UNSUPPORTED' }));
  });
});
