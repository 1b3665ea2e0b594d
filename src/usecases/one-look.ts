import type { NomadPort } from '../ports/nomad.js';
import { once } from '../shared/once.js';
import type { UseCaseDeps } from './deps.js';

/** What only reads, and answers at once. Secrets and whatever is waited for are not among it. */
const READS = [
  ...(['job', 'listJobs', 'submission', 'allocations', 'allocation', 'nodeAllocations', 'checks'] as const),
  ...(['readFile', 'listFiles', 'nodes', 'node', 'service', 'hostVolumes', 'csiVolumes', 'variable'] as const),
] satisfies readonly (keyof NomadPort)[];

/**
 * Nomad as it was at one look: each question is asked once, whoever has it, so that what status says and what doctor says of the
 * same cluster cannot differ. For one report; nothing may be changed or waited for with it.
 */
export function oneLook<T extends Pick<UseCaseDeps, 'nomad'>>(deps: T): T {
  const answers = new Map<string, () => Promise<unknown>>();
  const nomad = new Proxy(deps.nomad, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function' || !READS.some((name) => name === key)) return value;
      return async (...args: unknown[]) => {
        const question = JSON.stringify([key, ...args]);
        const ask = answers.get(question) ?? once(() => Reflect.apply(value, target, args) as Promise<unknown>);
        answers.set(question, ask);
        // Whoever changes what it was given has changed it for itself alone.
        return structuredClone(await ask());
      };
    },
  });
  return { ...deps, nomad };
}
