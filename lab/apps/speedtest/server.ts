import { createServer, type ServerResponse } from 'node:http';
import type { AppConfig } from './config.js';
import { allTokens, serverFacts, withClient } from './database.js';
import type { Writer } from './writer.js';

const NO_FACTS = { results: null, database: null, serverAddress: null, serverPort: null, systemIdentifier: null };

type Handler = (response: ServerResponse) => Promise<void>;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

function handlers({ db }: AppConfig, writer: Writer): Record<string, Handler> {
  return {
    'GET /health': async (response) => {
      await withClient(db, (client) => client.query('SELECT 1'));
      sendJson(response, 200, { ok: true });
    },
    'GET /stats': async (response) => {
      const facts = await serverFacts(db).catch(() => NO_FACTS);
      sendJson(response, 200, { ...writer.counts, ...facts });
    },
    'POST /results': async (response) => {
      const ok = await writer.writeOnce();
      sendJson(response, ok ? 201 : 503, { ok });
    },
    'GET /dump-tokens': async (response) => {
      const tokens = await allTokens(db);
      response.writeHead(200, { 'content-type': 'text/plain' });
      // The count comes first, so that a reader notices a cut answer.
      response.end(`${[String(tokens.length), ...tokens].join('\n')}\n`);
    },
  };
}

export function serve(config: AppConfig, writer: Writer): void {
  const routes = handlers(config, writer);
  const server = createServer((request, response) => {
    const handler = routes[`${request.method} ${request.url}`];
    if (handler === undefined) return sendJson(response, 404, { ok: false });
    handler(response).catch(() => sendJson(response, 503, { ok: false }));
  });
  server.listen(config.http.port, config.http.host);
}
