import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyMeaning } from '../../../src/plan/discover/key-words.js';
import { discoverText } from '../../../src/ui/discover-text.js';
import { hostileText } from '../../support/hostile-text.js';
import { answer, app, discovered, sharedServer } from './world.js';

const CANARY = 'c4n4ry-s3cr3t';
const name = hostileText().filter((text) => text.trim() === text && text !== '');

describe('names that break quoting', () => {
  it('come out as the server has them, or not at all', () => {
    fc.assert(
      fc.property(name, name, (database, role) => {
        const url = `postgres://${encodeURIComponent(role)}:${CANARY}@10.0.0.5:5432/${encodeURIComponent(database)}`;
        const found = discovered({
          jobs: [sharedServer(), app('one', 'registry.home/one:1', { DATABASE_URL: url })],
          answers: { 'postgresql/postgres': answer([database], [[database, role, 1]]) },
        });
        for (const service of found.services) for (const claimed of service.databases) expect(claimed).toBe(database);
        expect(JSON.stringify(found)).not.toContain(CANARY);
        const drawn = discoverText(found, { colour: false, unicode: true, columns: 100 });
        expect(drawn).not.toMatch(/(?![\n\t])\p{Cc}/u);
      }),
    );
  });

  it('never let a piece of a password be a name, however the connection string is cut', () => {
    fc.assert(
      fc.property(hostileText(), hostileText(), (before, after) => {
        const found = discovered({
          jobs: [
            sharedServer(),
            app('one', 'registry.home/one:1', {
              DATABASE_URL: `postgres://u:${before}${CANARY}${after}@10.0.0.5:5432/d`,
            }),
          ],
        });
        expect(JSON.stringify(found)).not.toContain(CANARY);
      }),
    );
  });

  it('of keys that may hold a secret are never asked for', () => {
    for (const key of [
      'DB_PASSWORD',
      'DB_PASS',
      'PGPASSFILE',
      'DB_PASSWORD_FILE',
      'DATABASE_SECRET_NAME',
      'DB_TOKEN_URL',
      'POSTGRES_PWD',
    ])
      expect(keyMeaning(key)).toBeUndefined();
  });
});
