import type { AppDatabase } from './app-spec.js';

export interface ServerFacts {
  readonly database: string;
  readonly serverAddress: string | null;
  readonly serverPort: number | null;
  readonly systemIdentifier: string;
}

export interface Content {
  readonly database: string;
  readonly rows: number;
  readonly digest: string | null;
}

async function oneRow<T extends object>({ access }: AppDatabase, sql: string): Promise<T> {
  return access(async (client) => {
    const row = (await client.query<T>(sql)).rows[0];
    if (row === undefined) throw new TypeError('the server answered without a row');
    return row;
  });
}

const FACTS = `SELECT current_database() AS database, host(inet_server_addr()) AS "serverAddress",
  inet_server_port() AS "serverPort", (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier"`;

export const serverFacts = (database: AppDatabase): Promise<ServerFacts> => oneRow(database, FACTS);

/** Proof of what is in there, by the app's own reading. */
export const content = (database: AppDatabase): Promise<Content> =>
  oneRow(database, `SELECT current_database() AS database, c.* FROM (${database.content}) AS c`);

/** Rows of the writing loop; the seeded history is not counted. */
export const countTokens = async (database: AppDatabase): Promise<number> =>
  (await oneRow<{ rows: number }>(database, `SELECT count(*)::int AS rows FROM (${database.tokens}) AS t`)).rows;

/** Every token that a row carries, doubles included. */
export const allTokens = ({ access, tokens }: AppDatabase): Promise<string[]> =>
  access(async (client) => (await client.query<{ token: string }>(tokens)).rows.map(({ token }) => token));
