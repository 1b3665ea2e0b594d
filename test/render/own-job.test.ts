import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listensOn } from '../../src/plan/listens-on.js';
import { appAddress } from '../../src/render/listens-on.js';
import { renderOwnJob } from '../../src/render/own-job.js';
import { renderScripts } from '../../src/render/part-scripts.js';
import { expectGolden } from './golden.js';
import { dockerPart, ownPart, rehearsal, samplePart } from './sample-part.js';

const where = { namespace: 'default', datacenters: ['dc1'], nodeId: 'aaaa1111-0000-0000-0000-000000000001' };

describe('a database in a job of its own', () => {
  it('is a complete jobspec, the same bytes each time', () => {
    const text = renderOwnJob(ownPart(), where);
    expectGolden('own-job-exec.nomad.hcl', text);
    expect(renderOwnJob(ownPart(), where)).toBe(text);
  });

  it('on CSI volumes is bound to no node and uses the words of CSI', () => {
    const volume = { label: 'data', kind: 'csi', source: 'speedtest_data' } as const;
    const backupVolume = { label: 'backups', kind: 'csi', source: 'db-backups' } as const;
    const part = ownPart({
      driver: 'docker',
      image: 'postgres:18',
      major: 18,
      provider: 'consul',
      volume,
      backupVolume,
    });
    const text = renderOwnJob(part, { ...where, nodeId: undefined });
    expectGolden('own-job-docker-csi-18.nomad.hcl', text);
    expect(text).not.toContain('constraint');
    expect(text).toContain('"single-node-writer"');
    expect(text).toContain('destination = "/var/lib/postgresql"');
  });

  it('has the server as its main task and nobody to hold back', () => {
    const text = renderOwnJob(ownPart(), where);
    expect(text).not.toContain('db-gate');
    expect(text.match(/hook {4}= "poststart"/g)).toHaveLength(1);
    expect(text.match(/hook {4}= "prestart"/g)).toHaveLength(1);
  });

  it('is refused for a part that belongs beside an app', () => {
    expect(() => renderOwnJob(samplePart(), where)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('keeps hostile names inside their quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (name) => {
        let text: string;
        try {
          text = renderOwnJob(ownPart(), { ...where, namespace: name, datacenters: [name] });
        } catch (error) {
          expect(error).toMatchObject({ code: 'NAME_UNSAFE' });
          return;
        }
        const line = text.split('\n').find((one) => one.startsWith('  namespace '));
        expect(line).toMatch(/^ {2}namespace {3}= "(?:[^"\\]|\\.)*"$/);
      }),
    );
  });
});

describe('where the server listens', () => {
  it.each([
    ['on loopback beside the app', samplePart(), 'loopback', { kind: 'loopback', port: 5433 }],
    [
      'on loopback of a bridged group',
      samplePart({ network: 'bridge', port: 5432 }),
      'loopback',
      { kind: 'loopback', port: 5432 },
    ],
    [
      'everywhere in a namespace of its own',
      dockerPart({ network: 'none' }),
      'namespace',
      { kind: 'alloc', label: 'db' },
    ],
    [
      'on the address of the node in a job of its own',
      ownPart(),
      'node',
      { kind: 'service', name: 'speedtest-postgres', provider: 'nomad' },
    ],
  ] as const)('is %s', (_what, part, listens, address) => {
    expect(listensOn(part)).toBe(listens);
    expect(appAddress(part)).toEqual(address);
  });

  it('is loopback in every rehearsal: nobody but its own toolbox comes', () => {
    expect(listensOn(rehearsal({ placement: 'own-job' }))).toBe('loopback');
    expect(listensOn(rehearsal({ network: 'none' }))).toBe('loopback');
  });

  it.each([ownPart(), dockerPart({ network: 'none' })])('off loopback asks for a password and never trusts', (part) => {
    const { entry, init } = renderScripts(part);
    expect(entry).toContain('host all all all scram-sha-256');
    expect(entry).not.toMatch(/\btrust\b/);
    expect(init).toContain('-h "$NOMAD_IP_db" -U');
  });

  it('on loopback changes no rule', () => {
    expect(renderScripts(samplePart()).entry).not.toContain('pg_hba.conf');
  });
});
