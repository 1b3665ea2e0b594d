import WebSocket from 'ws';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { AttachRequest, AttachResult } from '../../ports/nomad.js';
import type { Terminal } from '../../ports/terminal.js';
import { nomadError } from './errors.js';
import { parseExecFrame, sizeFrame, stdinCloseFrame, stdinFrame } from './exec-frames.js';
import type { NomadHttp } from './http.js';
import { segment } from './segment.js';

const CONNECT_TIMEOUT_MS = 15_000;
const HEARTBEAT_MS = 10_000;
/** In raw mode Ctrl-C does not end dbctl, so a connection that says nothing must end by itself. */
const SILENT_MS = 35_000;
/** Of a command whose end was told before it began; see held-command.ts. */
const TRIES = 6;

/**
 * A command on the operator's terminal. Keys go as they are, Ctrl-C too; the terminal is given back whatever happens.
 * Throws only when the command was surely not started (NOMAD_UNAVAILABLE, NOMAD_DENIED, EXEC_FAILED).
 */
export async function nomadAttach(http: NomadHttp, request: AttachRequest, terminal: Terminal): Promise<AttachResult> {
  for (let left = TRIES; ; left--) {
    request.signal?.throwIfAborted();
    const session = new AttachSession(http, request, terminal);
    const result = await session.run();
    const neverBegan = result.kind === 'exited' && result.code === 0 && session.silent;
    if (!neverBegan || left === 1) return result;
  }
}

class AttachSession {
  silent = true;
  readonly #socket: WebSocket;
  readonly #where: string;
  /** Output is drawn in its order, and slowly if the screen is slow. */
  #drawn: Promise<unknown> = Promise.resolve();
  #heardAt = performance.now();

  constructor(
    http: NomadHttp,
    private readonly request: AttachRequest,
    private readonly terminal: Terminal,
  ) {
    this.#where = `task ${request.task} of allocation ${request.allocId}`;
    const { url, headers, tls } = http.websocket(`/v1/client/allocation/${segment(request.allocId)}/exec`, {
      ...{ task: request.task, tty: true, command: JSON.stringify(request.argv) },
    });
    const options = { handshakeTimeout: CONNECT_TIMEOUT_MS, perMessageDeflate: false, followRedirects: false };
    this.#socket = new WebSocket(url, { headers, ...options, ...tls });
  }

  async run(): Promise<AttachResult> {
    const undo: (() => void)[] = [];
    try {
      await this.#opened();
      undo.push(this.#tieTerminal(), this.#beat());
      const result = await this.#ended();
      await this.#drawn;
      return result;
    } finally {
      for (const one of undo) one();
      this.#socket.terminate();
    }
  }

  #opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      const refused = (status: number | undefined, text: string): void =>
        reject(nomadError({ request: `exec in ${this.#where}`, mutation: false, text, ...(status ? { status } : {}) }));
      this.#socket.once('open', resolve);
      this.#socket.once('unexpected-response', (_, response) => refused(response.statusCode ?? 0, ''));
      this.#socket.on('error', (error: NodeJS.ErrnoException) => refused(undefined, error.code ?? 'connection error'));
    });
  }

  #tieTerminal(): () => void {
    const resize = (): void => {
      const { columns, rows } = this.terminal.size();
      this.#send(sizeFrame(columns, rows));
    };
    resize();
    const noResize = this.terminal.onResize(resize);
    const noKeys = this.terminal.read((bytes) => this.#send(bytes === null ? stdinCloseFrame : stdinFrame(bytes)), {
      raw: this.terminal.input,
    });
    return () => {
      noResize();
      noKeys();
    };
  }

  #beat(): () => void {
    this.#socket.on('pong', () => (this.#heardAt = performance.now()));
    const timer = setInterval(() => {
      if (performance.now() - this.#heardAt > SILENT_MS) this.#socket.terminate();
      else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
    }, HEARTBEAT_MS);
    return () => clearInterval(timer);
  }

  #ended(): Promise<AttachResult> {
    return new Promise((resolve, reject) => {
      const lost = (reason: string): void => resolve({ kind: 'lost', reason });
      this.request.signal?.addEventListener('abort', () => lost('aborted'), { once: true });
      this.#socket.on('message', (data) => {
        const code = this.#heard(String(data));
        if (code !== undefined) resolve({ kind: 'exited', code });
      });
      this.#socket.on('close', (code, reason) => {
        const notStarted = this.silent && (code === 1008 || code === 1011);
        if (notStarted) reject(this.#notStarted(String(reason)));
        else lost(`closed with ${code}${String(reason) === '' ? '' : `: ${String(reason)}`}`);
      });
    });
  }

  /** The exit code, once it is told. */
  #heard(text: string): number | undefined {
    this.#heardAt = performance.now();
    const frame = parseExecFrame(text);
    for (const stream of ['stdout', 'stderr'] as const) {
      const bytes = frame?.[stream];
      if (bytes?.length) this.#draw(stream, bytes);
    }
    return frame?.exitCode;
  }

  #draw(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    this.silent = false;
    this.#socket.pause();
    this.#drawn = this.#drawn.then(() => this.terminal.write(stream, bytes)).finally(() => this.#socket.resume());
  }

  #send(frame: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  #notStarted(reason: string): DbctlError {
    if (reason.trim() === 'Permission denied')
      return nomadError({ request: this.#where, mutation: false, status: 403, text: reason });
    return new DbctlError('EXEC_FAILED', 'the command could not be started', { where: this.#where, value: reason });
  }
}
