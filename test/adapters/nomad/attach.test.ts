import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { nomadAttach } from '../../../src/adapters/nomad/attach.js';
import { nomadHttp } from '../../../src/adapters/nomad/http.js';
import type { AttachResult } from '../../../src/ports/nomad.js';
import type { Terminal } from '../../../src/ports/terminal.js';

/** What Nomad would do with each connection; told what was asked, and each frame that comes. */
type Behave = (socket: WebSocket, query: URLSearchParams) => void;

interface Frame {
  readonly stdin?: { readonly data?: string; readonly close?: boolean };
  readonly tty_size?: { readonly height: number; readonly width: number };
}

let server: WebSocketServer;
let behave: Behave;
let connections: number;
let drawn: string;
let type: (bytes: Buffer | null) => void;
let resize: () => void;
let tied: string[];

const output = (socket: WebSocket, text: string): void =>
  socket.send(JSON.stringify({ stdout: { data: Buffer.from(text).toString('base64') } }));
const exit = (socket: WebSocket, code: number): void =>
  socket.send(JSON.stringify({ exited: true, result: code === 0 ? {} : { exit_code: code } }));
const onFrame = (socket: WebSocket, take: (frame: Frame) => void): void =>
  void socket.on('message', (data) => take(JSON.parse(String(data)) as Frame));
const keysOf = ({ stdin }: Frame): string => Buffer.from(stdin?.data ?? '', 'base64').toString();

const terminal = (): Terminal => ({
  ...{ input: true, screen: true, kind: 'xterm', size: () => ({ columns: 120, rows: 40 }) },
  onResize: (then) => {
    resize = then;
    tied.push('size');
    return () => void tied.push('no size');
  },
  read: (take, { raw }) => {
    type = take;
    tied.push(raw ? 'raw' : 'keys');
    return () => void tied.push('no keys');
  },
  write: async (_, bytes) => {
    drawn += bytes.toString();
  },
});

const attach = (signal?: AbortSignal): Promise<AttachResult> => {
  const { port } = server.address() as AddressInfo;
  const http = nomadHttp({ address: `http://127.0.0.1:${port}` });
  const request = { allocId: 'a1', task: 'db-backup', argv: ['/bin/sh', '-c', 'psql'] };
  return nomadAttach(http, { ...request, ...(signal ? { signal } : {}) }, terminal());
};

beforeEach(async () => {
  [connections, drawn, tied] = [0, '', []];
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket, request) => {
    connections += 1;
    behave(socket, new URL(request.url ?? '', 'http://x').searchParams);
  });
  await once(server, 'listening');
});
afterEach(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

describe('a command on a terminal', () => {
  it('is told to go, and the size, once it waits; then keys go there and what it says comes back', async () => {
    behave = (socket, query) => {
      expect(query.get('tty')).toBe('true');
      output(socket, 'dbctl-exec-');
      output(socket, 'ready\r\n');
      const seen: string[] = [];
      onFrame(socket, (frame) => {
        seen.push(frame.tty_size ? `${frame.tty_size.width}x${frame.tty_size.height}` : keysOf(frame));
        if (seen.length === 2) {
          expect(seen).toEqual(['120x40', '\n']);
          output(socket, 'psql=> ');
          type(Buffer.from('\u0003'));
          resize();
        }
        if (seen.length === 4) {
          expect(seen.slice(2)).toEqual(['\u0003', '120x40']);
          exit(socket, 3);
        }
      });
    };
    expect(await attach()).toEqual({ kind: 'exited', code: 3 });
    expect(drawn).toBe('psql=> ');
    expect(tied).toEqual(['size', 'raw', 'no size', 'no keys']);
  });

  it('that Nomad calls ended before it began is started again, and nothing was typed into the other', async () => {
    behave = (socket) => {
      if (connections === 1) return exit(socket, 0);
      output(socket, 'dbctl-exec-ready\r\n');
      onFrame(socket, (frame) => keysOf(frame) === '\n' && exit(socket, 0));
    };
    expect(await attach()).toEqual({ kind: 'exited', code: 0 });
    expect(connections).toBe(2);
    expect(tied).toEqual(['size', 'raw', 'no size', 'no keys']);
  });

  it('that has begun is never started again, though it says nothing and ends with 0', async () => {
    behave = (socket) => {
      output(socket, 'dbctl-exec-ready\r\n');
      onFrame(socket, (frame) => keysOf(frame) === '\n' && exit(socket, 0));
    };
    await attach();
    expect(connections).toBe(1);
  });

  it('is lost when the connection breaks or the operator stops, and the terminal is given back', async () => {
    behave = (socket) => {
      output(socket, 'dbctl-exec-ready\r\n');
      onFrame(socket, (frame) => keysOf(frame) === '\n' && socket.terminate());
    };
    expect(await attach()).toMatchObject({ kind: 'lost', reason: expect.stringContaining('1006') });
    const stop = new AbortController();
    behave = (socket) => {
      output(socket, 'dbctl-exec-ready\r\n');
      onFrame(socket, (frame) => keysOf(frame) === '\n' && stop.abort());
    };
    expect(await attach(stop.signal)).toEqual({ kind: 'lost', reason: 'aborted' });
    expect(tied.filter((word) => word === 'no keys')).toHaveLength(2);
  });

  it('is an error when there is no such task, and when nobody may start it', async () => {
    behave = (socket) => socket.close(1011, 'task not found');
    await expect(attach()).rejects.toMatchObject({ code: 'EXEC_FAILED', value: 'task not found' });
    behave = (socket) => socket.close(1011, 'Permission denied');
    await expect(attach()).rejects.toMatchObject({ code: 'NOMAD_DENIED' });
    expect(tied).toEqual([]);
  });
});
