import pg from 'pg';

/** Runs work on a connection to one database. */
export type Access = <T>(work: (client: pg.ClientBase) => Promise<T>) => Promise<T>;

const nobody = (): void => undefined;

/** A new connection per request, as PHP apps have it. */
export function perRequest(config: pg.ClientConfig): Access {
  return async (work) => {
    const client = new pg.Client(config);
    // A server that goes away raises this beside the rejected query; without a listener it would end the app.
    client.on('error', nobody);
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end().catch(nobody);
    }
  };
}

/** Connections that stay open, as compiled apps have them; one that failed is not used again. */
export function pooled(config: pg.ClientConfig): Access {
  const pool = new pg.Pool({ ...config, max: 2 });
  pool.on('error', nobody);
  return async (work) => {
    const client = await pool.connect();
    let failed = true;
    try {
      const result = await work(client);
      failed = false;
      return result;
    } finally {
      client.release(failed);
    }
  };
}
