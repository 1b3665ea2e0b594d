import type { ServiceFacts } from '../facts.js';
import type { DatabasePart, Finding } from '../types.js';

interface Placed {
  readonly facts: ServiceFacts;
  readonly target: DatabasePart;
}

/** What only a database in a job of its own has to ask for. */
export const ownJobFindings = (placed: Placed): Finding[] =>
  placed.target.placement === 'same-group' ? [] : [...taken(placed), ...vaultRole(placed)];

const taken = ({ facts, target }: Placed): Finding[] =>
  facts.ownJob === null
    ? []
    : [
        {
          code: 'OWN_JOB_TAKEN',
          level: 'blocked',
          text: `there is a job ${target.job} already, and the app does not use it`,
          next: `look what it holds: nomad job status ${target.job}`,
        },
      ];

const vaultRole = ({ target }: Placed): Finding[] =>
  target.vault.role !== undefined
    ? []
    : [
        {
          code: 'OWN_JOB_VAULT_ROLE',
          level: 'warn',
          text: `job ${target.job} reads ${target.vault.path}; a Vault policy that ends in the job's id does not let it`,
          next: 'make a Vault role for it and set vault.role in dbctl.yaml, unless every job may read that path',
        },
      ];

/** What the data's place means for the app's. */
export const mobility = ({ node, job }: ServiceFacts, placement: DatabasePart['placement']): Finding[] => {
  if (node === null || job === null) return [];
  const who =
    placement === 'own-job'
      ? 'the database stays on that node; the app may run elsewhere'
      : 'the app stays on that node';
  return [{ code: 'NODE_PINNED', level: 'info', text: `the data lives on ${node.name}, so ${who}` }];
};
