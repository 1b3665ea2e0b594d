import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clientFrame, type Frame, FrameReader } from './websocket-frames.js';

/** One request as the proxy sees it, before the server has it. */
export interface Exchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
  /** A WebSocket: `alloc exec`. */
  readonly upgrade: boolean;
}

/** What becomes of a request. */
export type Verdict =
  | { readonly kind: 'pass'; readonly delayMs?: number }
  /** The server never hears of it. */
  | { readonly kind: 'answer'; readonly status: number; readonly body?: string }
  /** The server never hears of it, and the client hears nothing: neither answer nor end. */
  | { readonly kind: 'stall' }
  /** The server never hears of it; the connection is reset. */
  | { readonly kind: 'reset' }
  /**
   * The server does it; after `bytes` of its answer (default none) the client is cut off. `reached` hears when the server has
   * answered. Of a WebSocket everything up to the message with the text `through` passes first.
   */
  | { readonly kind: 'cut-answer'; readonly bytes?: number; readonly through?: string; readonly reached?: () => void }
  /** The server gets that many bytes of the body and then nothing; so does the client. */
  | { readonly kind: 'cut-request'; readonly bytes: number }
  /**
   * A WebSocket only: the client is cut off after that many bytes of its own have gone on; the server's side stays open. `spare`
   * is asked at that moment, for several may be under way at once: `true` lets this one go on whole.
   */
  | {
      readonly kind: 'cut-input';
      readonly bytes: number;
      readonly spare?: () => boolean;
      readonly reached?: () => void;
    }
  /**
   * A WebSocket only: `pass` frames of output go on, later ones are lost and stdin is closed in the client's place, so that the
   * command ends and its exit code is the next thing that the client hears.
   */
  | { readonly kind: 'lose-output'; readonly pass: number; readonly reached?: () => void };

export type Judge = (exchange: Exchange) => Verdict | Promise<Verdict>;

export interface HttpProxy {
  readonly address: string;
  /** Replaces the judge; requests under way keep the verdict they have. */
  judge(judge: Judge): void;
  close(): Promise<void>;
}

const passAll: Judge = () => ({ kind: 'pass' });

/**
 * A man in the middle on loopback before Nomad's or Vault's HTTP API; passes everything until told otherwise. `keepHost` is for
 * requests whose signature is over the address that the client used.
 */
export async function httpProxy(target: string, options: { readonly keepHost?: boolean } = {}): Promise<HttpProxy> {
  const upstream = { url: new URL(target), keepHost: options.keepHost ?? false };
  const state = { judge: passAll };
  const sockets = new Set<Duplex>();
  const server = createServer((req, res) => void onRequest(upstream, state, req, res));
  server.on('connection', (socket) => remember(sockets, socket));
  server.on(
    'upgrade',
    (req: IncomingMessage, socket: Duplex, head: Buffer) =>
      void onUpgrade(upstream.url, state, req, socket, head, sockets),
  );
  await listening(server);
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    judge: (judge) => {
      state.judge = judge;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));

function remember(sockets: Set<Duplex>, socket: Duplex): void {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
}

async function textOf(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const exchangeOf = (req: IncomingMessage, body: string, upgrade: boolean): Exchange => ({
  method: req.method ?? 'GET',
  path: req.url ?? '/',
  body,
  upgrade,
});

const reset = (socket: Duplex): void =>
  void ('resetAndDestroy' in socket ? (socket as Socket).resetAndDestroy() : socket.destroy());

interface Upstream {
  readonly url: URL;
  readonly keepHost: boolean;
}

async function onRequest(
  upstream: Upstream,
  state: { judge: Judge },
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const body = await textOf(req).catch(() => undefined);
  if (body === undefined) return;
  const verdict = await state.judge(exchangeOf(req, body.toString('utf8'), false));
  if (verdict.kind === 'stall') return;
  if (verdict.kind === 'reset') return reset(req.socket);
  if (verdict.kind === 'answer') return void res.writeHead(verdict.status).end(verdict.body ?? '');
  if (verdict.kind === 'pass' && verdict.delayMs) await new Promise((resolve) => setTimeout(resolve, verdict.delayMs));
  forward(upstream, req, res, body, verdict);
}

/** A cut answer is read to its end first: the server has then done what it was asked. */
function forward(to: Upstream, req: IncomingMessage, res: ServerResponse, body: Buffer, verdict: Verdict): void {
  const upstream = to.url;
  const { host = '', ...headers } = req.headers;
  const onward = request(
    {
      host: upstream.hostname,
      port: upstream.port,
      method: req.method,
      path: req.url,
      headers: { ...headers, host: to.keepHost ? host : upstream.host },
    },
    (answer) => {
      if (verdict.kind !== 'cut-answer') {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        return void answer.pipe(res);
      }
      void textOf(answer).then((whole) => {
        verdict.reached?.();
        if (verdict.bytes === undefined) return reset(req.socket);
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        res.write(whole.subarray(0, verdict.bytes), () => reset(req.socket));
      });
    },
  );
  onward.on('error', () => reset(req.socket));
  res.on('close', () => onward.destroy());
  if (verdict.kind !== 'cut-request') return void onward.end(body);
  onward.write(body.subarray(0, verdict.bytes), () => {
    onward.destroy();
    reset(req.socket);
  });
}

async function onUpgrade(
  upstream: URL,
  state: { judge: Judge },
  req: IncomingMessage,
  client: Duplex,
  head: Buffer,
  sockets: Set<Duplex>,
): Promise<void> {
  const verdict = await state.judge(exchangeOf(req, '', true));
  if (verdict.kind === 'stall') return;
  if (verdict.kind === 'reset') return reset(client);
  if (verdict.kind === 'answer')
    return void client.end(`HTTP/1.1 ${verdict.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  if (verdict.kind === 'pass' && verdict.delayMs) await new Promise((resolve) => setTimeout(resolve, verdict.delayMs));
  const server = connect(Number(upstream.port), upstream.hostname);
  remember(sockets, server);
  const lines = [`GET ${req.url} HTTP/1.1`, ...rawHeaders(req, upstream.host)];
  server.write(`${lines.join('\r\n')}\r\n\r\n`);
  server.write(head);
  pipeOn(client, server, verdict);
  pipeBack(server, client, verdict);
}

function pipeOn(client: Duplex, server: Socket, verdict: Verdict): void {
  if (verdict.kind !== 'cut-input') return void client.pipe(server);
  let left = verdict.bytes;
  const take = (chunk: Buffer): void => {
    const spared = chunk.length >= left && verdict.spare?.() === true;
    server.write(spared ? chunk : chunk.subarray(0, Math.max(0, left)));
    left -= chunk.length;
    if (left > 0) return;
    client.off('data', take);
    if (spared) return void client.pipe(server);
    verdict.reached?.();
    reset(client);
  };
  client.on('data', take);
}

/** Only output has data in it; what is not output, the exit code above all, goes on. */
function loseOutput(server: Socket, client: Duplex, verdict: Extract<Verdict, { kind: 'lose-output' }>): void {
  const reader = new FrameReader();
  let shaken = false;
  let seen = 0;
  const each = ({ raw, text }: Frame): void => {
    const output = /"std(?:out|err)":\{"data":"./.test(text);
    seen += output ? 1 : 0;
    if (!output || seen <= verdict.pass) return void client.write(raw);
    verdict.reached?.();
    server.write(clientFrame('{"stdin":{"close":true}}'));
  };
  server.on('data', (chunk: Buffer) => {
    const start = shaken ? 0 : chunk.indexOf('\r\n\r\n') + 4;
    shaken = true;
    client.write(chunk.subarray(0, start));
    for (const frame of reader.push(chunk.subarray(start))) each(frame);
  });
}

const rawHeaders = (req: IncomingMessage, host: string): string[] =>
  Object.entries({ ...req.headers, host }).map(([name, value]) => `${name}: ${String(value)}`);

/** With `bytes` the client gets that much after the handshake, then a reset; the server's side stays open and is drained. */
function pipeBack(server: Socket, client: Duplex, verdict: Verdict): void {
  // Like a cable that was pulled: the server hears of the client's end only where nothing was cut.
  if (verdict.kind === 'pass') client.on('close', () => server.destroy());
  server.on('close', () => client.end());
  if (verdict.kind === 'lose-output') return void loseOutput(server, client, verdict);
  if (verdict.kind !== 'cut-answer') return void server.pipe(client);
  const { through, reached } = verdict;
  if (through !== undefined) {
    cutBehind(server, client, through, reached);
    return;
  }
  let left: number | undefined;
  server.on('data', (chunk: Buffer) => {
    const start = left === undefined ? chunk.indexOf('\r\n\r\n') + 4 : 0;
    left = left === undefined ? (verdict.bytes ?? 0) + start : left;
    client.write(chunk.subarray(0, Math.max(0, left)));
    left -= chunk.length;
    if (left > 0) return;
    verdict.reached?.();
    reset(client);
  });
}

/** The client gets all that arrives up to the packet with that text, and nothing of what follows but the server's pings. */
function cutBehind(server: Socket, client: Duplex, through: string, reached: (() => void) | undefined): void {
  let heard = '';
  server.on('data', (chunk: Buffer) => {
    if (!heard.includes(through) || isPing(chunk)) {
      heard += chunk.toString('latin1');
      return void client.write(chunk);
    }
    reached?.();
    reset(client);
  });
}

/** A frame whose opcode is 9. */
const isPing = (chunk: Buffer): boolean => ((chunk[0] ?? 0) & 0x0f) === 9;
