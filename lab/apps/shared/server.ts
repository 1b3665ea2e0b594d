import { createServer, type ServerResponse } from 'node:http';
import type { AppDatabase, AppSpec } from './app-spec.js';
import { allTokens, content, countTokens, serverFacts } from './database.js';
import type { Writer } from './writer.js';

const NO_FACTS = { results: null, database: null, serverAddress: null, serverPort: null, systemIdentifier: null };

type Handler = (response: ServerResponse) => Promise<void>;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

const onEach = <T>({ databases }: AppSpec, read: (database: AppDatabase) => Promise<T>): Promise<T[]> =>
  Promise.all(databases.map(read));

/** The main database's facts by themselves, and the same of each database. */
async function stats(spec: AppSpec): Promise<Record<string, unknown>> {
  const databases = await onEach(spec, async (database) => ({
    ...(await serverFacts(database)),
    results: await countTokens(database),
  }));
  const results = databases.reduce((sum, database) => sum + database.results, 0);
  return { ...databases[0], results, databases };
}

function handlers(spec: AppSpec, writer: Writer): Record<string, Handler> {
  return {
    'GET /health': async (response) => {
      await onEach(spec, ({ access }) => access((client) => client.query('SELECT 1')));
      sendJson(response, 200, { ok: true });
    },
    'GET /stats': async (response) => {
      const facts = await stats(spec).catch(() => NO_FACTS);
      sendJson(response, 200, { ...writer.counts, ...facts });
    },
    'GET /content': async (response) => sendJson(response, 200, await onEach(spec, content)),
    'POST /results': async (response) => {
      const ok = await writer.writeOnce();
      sendJson(response, ok ? 201 : 503, { ok });
    },
    'GET /dump-tokens': async (response) => {
      const tokens = (await onEach(spec, allTokens)).flat();
      response.writeHead(200, { 'content-type': 'text/plain' });
      // The count comes first, so that a reader notices a cut answer.
      response.end(`${[String(tokens.length), ...tokens].join('\n')}\n`);
    },
  };
}

export function serve(spec: AppSpec, { host, port }: Required<AppSpec>['http'], writer: Writer): void {
  const routes = handlers(spec, writer);
  const server = createServer((request, response) => {
    const handler = routes[`${request.method} ${request.url}`];
    if (handler === undefined) return sendJson(response, 404, { ok: false });
    handler(response).catch(() => sendJson(response, 503, { ok: false }));
  });
  server.listen(port, host);
}
