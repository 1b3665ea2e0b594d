import type { UseCaseDeps } from '../deps.js';

/** What reading facts needs; nothing here can change the cluster. */
export type FactsDeps = Pick<
  UseCaseDeps,
  'nomad' | 'consul' | 'vault' | 'sql' | 'files' | 'inventory' | 'home' | 'signal' | 'hcl'
>;
