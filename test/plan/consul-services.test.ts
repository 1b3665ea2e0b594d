import { describe, expect, it } from 'vitest';
import { consulChecks, isInConsul, providerFor } from '../../src/plan/consul-services.js';
import { asksFor } from '../../src/plan/locate.js';
import type { NomadJob, NomadTask } from '../../src/ports/nomad.js';
import { group, task } from './fixtures.js';

const asking = (template: string, env: Record<string, string> = {}): NomadJob => ({
  ID: 'app',
  TaskGroups: [group({ Tasks: [task('app', { Env: env, Templates: [{ EmbeddedTmpl: template }] })] })],
});

const registered = (
  services: readonly object[],
  tasks: readonly NomadTask[] = [task('app', { Env: {} })],
): NomadJob => ({
  ID: 'app',
  TaskGroups: [group({ Services: [...services] as never, Tasks: [...tasks] })],
});

const CHECKS = [{ Name: 'a' }, { Name: 'b' }];

describe('which catalogue a job asks', () => {
  it.each([
    ['nomad', 'DB={{ range nomadService "pg" }}{{ .Address }}{{ end }}'],
    ['nomad', 'DB={{ range nomadService `pg` }}{{ .Address }}{{ end }}'],
    ['consul', 'DB={{ range service "pg" }}{{ .Address }}{{ end }}'],
    ['consul', 'DB={{ with service "primary.pg@dc2|passing" }}{{ end }}'],
    ['consul', 'DB=postgres://u@pg.service.consul:5432/d'],
    ['consul', 'DB=primary.PG.service.dc2.consul'],
    [undefined, 'DB=10.0.0.5'],
    [undefined, 'DB={{ range service "my-pg" }}{{ end }} my-pg.service.consul pg.service.consular'],
    [undefined, 'DB={{ range service "pg-2" }}{{ end }}'],
  ])('is %s for %s', (provider, template) => {
    expect(asksFor(asking(template), 'pg')).toBe(provider);
  });

  it('is seen in plain environment variables too', () => {
    expect(asksFor(asking('', { DB_HOST: 'pg.service.consul' }), 'pg')).toBe('consul');
  });
});

describe('who the new database is registered with', () => {
  it('stays what it is, else follows what the app asks, else the services of the job', () => {
    const own = { Name: 'app-postgres', Provider: 'consul' };
    const web = { Name: 'web', Provider: 'nomad' };
    expect(providerFor(registered([web, own]), 'app', 'pg')).toBe('consul');
    expect(providerFor(asking('{{ service "pg" }}'), 'app', 'pg')).toBe('consul');
    expect(providerFor(registered([{ ...web, Provider: 'consul' }]), 'app', 'pg')).toBe('consul');
    expect(providerFor(registered([web, { Name: 'x', Provider: 'consul' }]), 'app', 'pg')).toBe('nomad');
    expect(providerFor(registered([]), 'app', 'pg')).toBe('nomad');
  });
});

describe('what only Consul knows', () => {
  it('is every check of services there, those of tasks that end left out', () => {
    const once = task('once', {
      Lifecycle: { Hook: 'prestart', Sidecar: false },
      Services: [{ Name: 'once', Provider: 'consul', Checks: CHECKS }],
    });
    const main = task('main', { Services: [{ Name: 'main', Provider: 'consul', Checks: [{ Name: 'c' }] }] });
    const services = [
      { Name: 'web', Provider: 'consul', Checks: CHECKS },
      { Name: 'other', Provider: 'nomad', Checks: CHECKS },
      { Name: 'bare', Provider: 'consul', Checks: null },
    ];
    const job = registered(services, [once, main]);
    expect(consulChecks(job, 'speedtest').map(({ service }) => service)).toEqual(['web', 'web', 'main']);
    expect(consulChecks(job, 'another')).toEqual([]);
    expect([isInConsul(job, 'web'), isInConsul(job, 'other'), isInConsul(undefined, 'web')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
