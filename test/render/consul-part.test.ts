import { describe, expect, it } from 'vitest';
import { renderDatabasePart } from '../../src/render/database-part.js';
import { samplePart } from './sample-part.js';

const serviceOf = (text: string): string => /^service \{\n.*?^\}\n/ms.exec(text)?.[0] ?? '';

describe('the service of a database that is registered with Consul', () => {
  it('has a check that asks the server in its own task, also where no other host reaches it', () => {
    for (const network of ['host', 'bridge'] as const) {
      const text = serviceOf(renderDatabasePart(samplePart({ provider: 'consul', network })));
      expect(text).toContain('provider = "consul"');
      expect(text).toMatch(/type {5}= "script"\n.*\n {4}task {5}= "postgres"/);
      expect(text).not.toContain('"tcp"');
      expect(text.includes('port     = "db"')).toBe(network === 'host');
    }
  });

  it("has Nomad's own check, or none, where it is registered with Nomad", () => {
    const service = (network: 'host' | 'bridge'): string => serviceOf(renderDatabasePart(samplePart({ network })));
    expect(service('host')).toContain('type     = "tcp"');
    expect(service('bridge')).not.toContain('check {');
  });
});
