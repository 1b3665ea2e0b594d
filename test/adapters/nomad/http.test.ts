import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, expect, test as inOrder } from 'vitest';
import { nomadAdapter } from '../../../src/adapters/nomad/index.js';
import type { NomadPort } from '../../../src/ports/nomad.js';
import { Secret } from '../../../src/shared/secret.js';

/** They wait much and for nothing of each other. */
const test = inOrder.concurrent;

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

/** A stand-in that answers as written down from the real agent, for faults that cannot be asked of it. */
async function against(listener: RequestListener, more: { timeoutMs?: number } = {}): Promise<NomadPort> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return nomadAdapter({ address: `http://127.0.0.1:${port}`, token: new Secret('t0ken'), namespace: 'apps', ...more });
}

test('a read survives a lost connection and a server without leader', async () => {
  let calls = 0;
  const port = await against((request, response) => {
    calls++;
    if (calls === 1) request.socket.destroy();
    else if (calls === 2) response.writeHead(500).end('No cluster leader');
    else response.end('[]');
  });
  expect(await port.listJobs()).toEqual([]);
  expect(calls).toBe(3);
});

test('a change whose answer is lost is not sent again before it was looked for', async () => {
  const asked: string[] = [];
  const port = await against((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    if (request.method === 'PUT' && asked.filter((one) => one.startsWith('PUT')).length === 1) request.socket.destroy();
    else if (request.method === 'GET') response.writeHead(404).end();
    else response.end('{"EvalID":"e","JobModifyIndex":7}');
  });
  const register = port.registerJob({ ID: 'x', TaskGroups: [] }, { enforceIndex: 0 });
  expect(await register).toEqual({ evalId: 'e', jobModifyIndex: 7 });
  expect(asked).toEqual(['PUT /v1/jobs', 'GET /v1/job/x', 'PUT /v1/jobs']);
});

test('a change that cannot be looked for either is an unknown outcome', async () => {
  let puts = 0;
  const port = await against((request, response) => {
    if (request.method === 'PUT') puts += 1;
    if (request.method === 'PUT') request.socket.destroy();
    else response.writeHead(404).end();
  });
  const register = port.registerJob({ ID: 'x', TaskGroups: [] }, { enforceIndex: 0 });
  await expect(register).rejects.toMatchObject({ code: 'NOMAD_OUTCOME_UNKNOWN', exitCode: 7 });
  expect(puts).toBe(3);
});

test('a server that has too much to do is asked again when it wants to be', async () => {
  const at: number[] = [];
  const port = await against((_request, response) => {
    at.push(performance.now());
    if (at.length === 1) response.writeHead(429, { 'retry-after': '1' }).end('slow down');
    else response.end('[]');
  });
  expect(await port.listJobs()).toEqual([]);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(950);
});

test('an answer that trickles on and on ends at the time limit', async () => {
  const port = await against(
    (_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    },
    { timeoutMs: 300 },
  );
  await expect(port.listJobs()).rejects.toMatchObject({ code: 'NOMAD_UNAVAILABLE', value: 'no answer within 0.3 s' });
});

test('an answer that never comes is NOMAD_UNAVAILABLE', async () => {
  const port = await against(() => undefined, { timeoutMs: 50 });
  await expect(port.listJobs()).rejects.toMatchObject({ code: 'NOMAD_UNAVAILABLE' });
});

test.each([
  [403, 'Permission denied', 'NOMAD_DENIED'],
  [400, 'bad', 'NOMAD_REJECTED'],
  [500, 'Enforcing job modify index 3: job exists with conflicting job modify index: 20', 'JOB_CHANGED'],
  [429, 'busy', 'NOMAD_UNAVAILABLE'],
  [500, 'No cluster leader', 'NOMAD_UNAVAILABLE'],
  [302, '', 'NOMAD_REJECTED'],
])('HTTP %i %s is %s', async (status, text, code) => {
  const port = await against((_request, response) =>
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(text),
  );
  await expect(port.registerJob({ ID: 'x', TaskGroups: [] }, { enforceIndex: 3 })).rejects.toMatchObject({ code });
});

test('a refused websocket is NOMAD_DENIED', async () => {
  const port = await against((_request, response) => response.writeHead(403).end('Permission denied'));
  await expect(port.exec({ allocId: 'a', task: 't', argv: ['/bin/sh'], timeoutMs: 5_000 })).rejects.toMatchObject({
    code: 'NOMAD_DENIED',
  });
});

test('token goes by header, namespace by query, ids are escaped', async () => {
  const seen: { url?: string; token?: unknown } = {};
  const port = await against((request, response) => {
    Object.assign(seen, { url: request.url, token: request.headers['x-nomad-token'] });
    response.writeHead(404).end();
  });
  expect(await port.job('a/b c?d')).toBeUndefined();
  expect(seen).toEqual({ url: '/v1/job/a%2Fb%20c%3Fd?namespace=apps', token: 't0ken' });
});

test('an answer of another shape is told by key path', async () => {
  const port = await against((_request, response) => response.end('[{"ID":"x"}]'));
  await expect(port.allocations('x')).rejects.toMatchObject({
    code: 'NOMAD_REJECTED',
    details: expect.arrayContaining([expect.stringMatching(/^JobID: /)]),
  });
});
