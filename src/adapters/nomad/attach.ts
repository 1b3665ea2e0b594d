import WebSocket from 'ws';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { AttachRequest, AttachResult } from '../../ports/nomad.js';
import type { Terminal } from '../../ports/terminal.js';
import { nomadError } from './errors.js';
import { parseExecFrame, sizeFrame, stdinCloseFrame, stdinFrame } from './exec-frames.js';
import { CONNECT_TIMEOUT_MS, HEARTBEAT_MS, TRIES } from './exec-limits.js';
import { heldOnTerminal, ReadyLine, TERMINAL_GO, TERMINAL_READY } from './held-command.js';
import type { NomadHttp } from './http.js';
import { segment } from './segment.js';

/** In raw mode Ctrl-C does not end dbctl, so a connection that says nothing must end by itself. */
const SILENT_MS = 35_000;

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
    if (!neverBegan) return result;
    if (left === 1)
      throw new DbctlError('EXEC_FAILED', 'the command could not be started', {
        where: `task ${request.task} of allocation ${request.allocId}`,
        value: `Nomad told its end ${TRIES} times before it began`,
      });
  }
}

class AttachSession {
  readonly #ready = new ReadyLine(TERMINAL_READY);
  readonly #socket: WebSocket;
  readonly #where: string;
  /** Output is drawn in its order, and slowly if the screen is slow. */
  #drawn: Promise<unknown> = Promise.resolve();
  #heardAt = performance.now();
  #untie: () => void = () => undefined;

  constructor(
    http: NomadHttp,
    private readonly request: AttachRequest,
    private readonly terminal: Terminal,
  ) {
    this.#where = `task ${request.task} of allocation ${request.allocId}`;
    const { url, headers, tls } = http.websocket(`/v1/client/allocation/${segment(request.allocId)}/exec`, {
      ...{ task: request.task, tty: true, command: JSON.stringify(heldOnTerminal(request.argv)) },
    });
    const options = { handshakeTimeout: CONNECT_TIMEOUT_MS, perMessageDeflate: false, followRedirects: false };
    this.#socket = new WebSocket(url, { headers, ...options, ...tls });
  }

  /** Nothing was heard of it, not even that it waits to be told to go. */
  get silent(): boolean {
    return this.#ready.silent;
  }

  async run(): Promise<AttachResult> {
    const ended = this.#ended();
    // When it never opens, that is the error to tell.
    ended.catch(() => undefined);
    let still = (): void => undefined;
    try {
      await this.#opened();
      still = this.#beat();
      const result = await ended;
      await this.#drawn;
      return result;
    } finally {
      still();
      this.#untie();
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

  /** Keys belong to the command from the moment on in which it may begin. */
  #tieTerminal(): void {
    const resize = (): void => {
      const { columns, rows } = this.terminal.size();
      this.#send(sizeFrame(columns, rows));
    };
    resize();
    this.#send(stdinFrame(Buffer.from(TERMINAL_GO)));
    const noResize = this.terminal.onResize(resize);
    const noKeys = this.terminal.read((bytes) => this.#send(bytes === null ? stdinCloseFrame : stdinFrame(bytes)), {
      raw: this.terminal.input,
    });
    this.#untie = () => {
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
    if (frame?.stdout) this.#said(frame.stdout);
    if (frame?.stderr) this.#draw('stderr', frame.stderr);
    return frame?.exitCode;
  }

  #said(bytes: Buffer): void {
    const wasReady = this.#ready.ready;
    const own = this.#ready.take(bytes);
    if (!wasReady && this.#ready.ready) this.#tieTerminal();
    if (own?.length) this.#draw('stdout', own);
  }

  #draw(stream: 'stdout' | 'stderr', bytes: Buffer): void {
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
