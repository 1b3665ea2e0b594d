import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followLog } from '../../../src/adapters/nomad/follow-log.js';
import { nomadHttp } from '../../../src/adapters/nomad/http.js';

let server: Server;
let asked: string[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const follow = (take: (text: string) => void, signal = new AbortController().signal): Promise<void> => {
  const { port } = server.address() as AddressInfo;
  const http = nomadHttp({ address: `http://127.0.0.1:${port}` });
  const request = { allocId: 'a1', task: 'postgres', stream: 'stderr', bytes: 500, signal } as const;
  return followLog(http, request, (bytes) => take(bytes.toString()));
};

describe('a log that is followed', () => {
  it('comes as it is written, and ends when the operator says so', async () => {
    answer = (response) => void response.write('one\n');
    const stop = new AbortController();
    const seen: string[] = [];
    await follow((text) => {
      seen.push(text);
      stop.abort();
    }, stop.signal);
    expect(seen).toEqual(['one\n']);
    expect(asked[0]).toBe(
      '/v1/client/fs/logs/a1?task=postgres&type=stderr&origin=end&offset=500&plain=true&follow=true',
    );
  });

  it('ends with its server, and is an error when that breaks off or refuses', async () => {
    answer = (response) => response.end('last\n');
    const seen: string[] = [];
    await follow((text) => void seen.push(text));
    expect(seen).toEqual(['last\n']);
    answer = (response) => {
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(follow(() => undefined)).rejects.toMatchObject({ code: 'NOMAD_UNAVAILABLE' });
    answer = (response) => response.writeHead(403).end('Permission denied');
    await expect(follow(() => undefined)).rejects.toMatchObject({ code: 'NOMAD_DENIED' });
  });
});
