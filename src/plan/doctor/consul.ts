import { type Check, checksOf } from './check.js';

const check = checksOf('consul', ['nomad-token']);

export const CONSUL_CHECKS: readonly Check[] = [
  check({
    id: 'consul-reachable',
    title: 'Consul answers, where our jobs use it',
    why: 'apps look their database up there, and whether they are well is known there alone',
    reads: ['consul'],
    look: ({ consul: { jobs, problem } }) => {
      if (jobs.length === 0) return 'no job of ours uses it';
      return problem === null
        ? `used by ${jobs.join(', ')}`
        : [{ level: 'fail', evidence: problem.text, fix: problem.next }];
    },
  }),
];
