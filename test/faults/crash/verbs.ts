import type { Verb } from './chain.js';

const verb = (name: string, service: string, ...flags: string[]): Verb => ({
  begin: [name, service, ...flags],
  resume: () => [name, service, ...flags, '--resume'],
  ends: 'ok',
});

/** Without the rehearsal, which leaves nothing behind. */
export const migrate = (service: string): Verb => verb('migrate', service, '--no-rehearse');
export const rehearsed = (service: string): Verb => verb('migrate', service);
export const rollback = (service: string): Verb => verb('rollback', service);
export const finalize = (service: string): Verb => verb('finalize', service);

export const provision = (service: string): Verb => ({
  begin: ['provision', service, '--app', 'miniflux'],
  resume: () => ['provision', service, '--resume'],
  ends: 'ok',
});

/** Begun as usual, then taken back: first by the flag, and once that was cut too by a resume. */
export const migrateTakenBack = (service: string): Verb => ({
  begin: ['migrate', service, '--no-rehearse'],
  resume: ({ row }) => ['migrate', service, '--no-rehearse', row.startsWith('undo ') ? '--resume' : '--restart'],
  ends: 'undone',
});

export const provisionTakenBack = (service: string): Verb => ({
  begin: ['provision', service, '--app', 'miniflux'],
  resume: () => ['provision', service, '--undo'],
  ends: 'undone',
});
