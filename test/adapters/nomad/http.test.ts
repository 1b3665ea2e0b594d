import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { nomadAdapter } from '../../../src/adapters/nomad/index.js';
import type { NomadPort } from '../../../src/ports/nomad.js';
import { Secret } from '../../../src/shared/secret.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
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

test('a change is sent once: a lost answer is an unknown outcome', async () => {
  let calls = 0;
  const port = await against((request) => {
    calls++;
    request.socket.destroy();
  });
  const register = port.registerJob({ ID: 'x', TaskGroups: [] }, { enforceIndex: 0 });
  await expect(register).rejects.toMatchObject({ code: 'NOMAD_OUTCOME_UNKNOWN', exitCode: 7 });
  expect(calls).toBe(1);
});

test('an answer that never comes is NOMAD_UNAVAILABLE', async () => {
  const port = await against(() => undefined, { timeoutMs: 50 });
  await expect(port.listJobs()).rejects.toMatchObject({ code: 'NOMAD_UNAVAILABLE' });
});

test.each([
  [403, 'Permission denied', 'NOMAD_DENIED'],
  [400, 'bad', 'NOMAD_REJECTED'],
  [500, 'Enforcing job modify index 3: job exists with conflicting job modify index: 20', 'JOB_CHANGED'],
  [503, 'busy', 'NOMAD_UNAVAILABLE'],
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
