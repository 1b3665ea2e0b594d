import type { InventoryService } from '../../inventory/types.js';
import type { ServiceFacts } from '../facts.js';
import type { Finding } from '../types.js';

/** Two apps on one database cannot both take it along. */
export const sharedFindings = ({ sharedWith, service }: ServiceFacts): Finding[] =>
  sharedWith.map(({ database, service: other }) => ({
    code: 'DATABASE_SHARED',
    level: 'blocked',
    text: `database ${database} is also that of service ${other}: it can move with one service only`,
    next: `give ${other} or ${service} a database of its own, or leave both on the shared instance`,
  }));

/** Allowed, and said aloud: who reads only the service's name would look for another database. */
export const nameDiffers = ({ name }: InventoryService, databases: readonly string[]): Finding[] =>
  databases.length === 0 || databases.includes(name)
    ? []
    : [
        {
          code: 'DATABASE_NAME_DIFFERS',
          level: 'info',
          text: `the app of service ${name} uses database ${databases.join(', ')}: that is what moves, whatever the service is called`,
        },
      ];
