import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type HttpProxy, httpProxy } from './http-proxy.js';

let server: Server;
let proxy: HttpProxy;
let heard: string[];

beforeEach(async () => {
  heard = [];
  server = createServer((req, res) => {
    heard.push(`${req.method} ${req.url}`);
    res.end('a whole answer');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  proxy = await httpProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = async (): Promise<string> => {
  const answer = await fetch(`${proxy.address}/x?y=1`, { method: 'PUT', body: 'text' });
  return `${answer.status} ${await answer.text()}`;
};

it('passes everything on until told otherwise', async () => {
  expect(await ask()).toBe('200 a whole answer');
  expect(heard).toEqual(['PUT /x?y=1']);
});

it('answers in place of the server, which hears nothing', async () => {
  proxy.judge(({ method, path, body }) => ({ kind: 'answer', status: 503, body: `${method} ${path} ${body}` }));
  expect(await ask()).toBe('503 PUT /x?y=1 text');
  expect(heard).toEqual([]);
});

it('lets the server do it and cuts the answer', async () => {
  let done = 0;
  proxy.judge(() => ({
    kind: 'cut-answer',
    reached: () => {
      done += 1;
    },
  }));
  await expect(ask()).rejects.toThrow();
  expect(heard).toEqual(['PUT /x?y=1']);
  expect(done).toBe(1);
  proxy.judge(() => ({ kind: 'cut-answer', bytes: 3 }));
  await expect(ask()).rejects.toThrow();
});

it('resets without the server having heard', async () => {
  proxy.judge(() => ({ kind: 'reset' }));
  await expect(ask()).rejects.toThrow();
  expect(heard).toEqual([]);
});

/** A WebSocket in as far as the proxy looks at one; the server hears of each chunk that gets there. */
const upgraded = async (): Promise<Socket> => {
  const socket = connect(Number(new URL(proxy.address).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
};

it('cuts one of two inputs that are under way at once and lets the other go on whole', async () => {
  const received: string[] = [];
  const open: Duplex[] = [];
  server.on('upgrade', (_, socket) => {
    const index = received.push('') - 1;
    open.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      received[index] += chunk.toString();
    });
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  let cuts = 0;
  proxy.judge(() => ({
    kind: 'cut-input',
    bytes: 4,
    spare: () => cuts > 0,
    reached: () => {
      cuts += 1;
    },
  }));
  const [first, second] = [await upgraded(), await upgraded()];
  const closed = new Promise((resolve) => first.once('close', resolve));
  first.write('first');
  await closed;
  second.write('second');
  await expect.poll(() => received).toEqual(['firs', 'second']);
  second.write(' and more');
  await expect.poll(() => received).toEqual(['firs', 'second and more']);
  expect(cuts).toBe(1);
  for (const socket of [second, ...open]) socket.destroy();
});
