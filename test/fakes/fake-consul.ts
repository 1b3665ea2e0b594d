import type { ConsulCheck, ConsulPort } from '../../src/ports/consul.js';

export interface Registration {
  readonly service: string;
  /** `null`: registered by somebody else than Nomad. */
  readonly allocId: string | null;
  readonly address: string;
  readonly port: number;
  readonly checks: readonly Omit<ConsulCheck, 'service'>[];
}

export interface FakeConsul extends ConsulPort {
  readonly registrations: Registration[];
}

export function fakeConsul(): FakeConsul {
  const registrations: Registration[] = [];
  return {
    registrations,
    service: async (name) =>
      registrations
        .filter(({ service }) => service === name)
        .map(({ address, port, allocId, checks }) => ({
          ...{ address, port, allocId },
          passing: checks.every(({ status }) => status === 'success'),
        }))
        .toSorted((a, b) => Number(b.passing) - Number(a.passing)),
    checks: async (allocId) =>
      registrations
        .filter((entry) => entry.allocId === allocId)
        .flatMap(({ service, checks }) => checks.map((check) => ({ service, ...check }))),
  };
}
