import { describe, expect, it } from 'vitest';
import { addressText, renamedLookup } from '../../../src/render/splice/address.js';

const service = { kind: 'service', name: 'speedtest-postgres', provider: 'nomad' } as const;

describe('where an app finds its database', () => {
  it('loopback is the same text everywhere', () => {
    const text = { host: '127.0.0.1', port: '5433' };
    expect(addressText({ kind: 'loopback', port: 5433 }, 'env')).toEqual(text);
    expect(addressText({ kind: 'loopback', port: 5433 }, 'template')).toEqual(text);
  });

  it('a port of the allocation is a variable of Nomad', () => {
    expect(addressText({ kind: 'alloc', label: 'db' }, 'env')).toEqual({
      host: '${NOMAD_IP_db}',
      port: '${NOMAD_PORT_db}',
    });
    expect(addressText({ kind: 'alloc', label: 'db' }, 'template')?.host).toBe('{{ env "NOMAD_IP_db" }}');
  });

  it('a service can only be asked for in a template', () => {
    expect(addressText(service, 'env')).toBeUndefined();
    expect(addressText(service, 'template')?.port).toBe(
      '{{ with nomadService "speedtest-postgres" }}{{ with index . 0 }}{{ .Port }}{{ end }}{{ end }}',
    );
    expect(addressText({ ...service, provider: 'consul' }, 'template')?.host).toContain('with service "speedtest');
  });
});

describe("the operator's own lookup", () => {
  it('changes by the name of the service alone', () => {
    const text = 'x:{{- range nomadService "postgresql" }}{{ .Address }}:{{ .Port }}{{ end }}/db';
    expect(renamedLookup(text, 'postgresql', service)).toBe(text.replace('postgresql', 'speedtest-postgres'));
  });

  it('is left alone when it asks for another service, or by the other provider', () => {
    expect(renamedLookup('{{ range nomadService "postgresql-old" }}', 'postgresql', service)).toBeUndefined();
    expect(renamedLookup('{{ range service "postgresql" }}', 'postgresql', service)).toBeUndefined();
    expect(renamedLookup('nomadService "postgresql"', 'postgresql', service)).toBeUndefined();
  });
});
