import WebSocket from 'ws';
import { DbctlError } from '../../errors/dbctl-error.js';
import type { ExecRequest, ExecResult } from '../../ports/nomad.js';
import { nomadError } from './errors.js';
import { type ExecFrame, parseExecFrame, stdinCloseFrame, stdinFrames } from './exec-frames.js';
import { CONNECT_TIMEOUT_MS, HEARTBEAT_MS, TRIES } from './exec-limits.js';
import { ExecOutput } from './exec-output.js';
import { GO, held, ReadyLine } from './held-command.js';
import type { NomadHttp } from './http.js';
import { segment } from './segment.js';

/** Close reasons of Nomad that say the command was never started. */
const NEVER_STARTED =
  /unknown allocation|unknown task|task .* not found|not found|not running|not started|no such (file|alloc)|executable file/i;

/**
 * Runs a command in a task over Nomad's websocket.
 * Throws only when the command was surely not started (NOMAD_UNAVAILABLE, NOMAD_DENIED, EXEC_FAILED); after that every
 * broken connection, time-out or abort is `lost`, because the remote process goes on running.
 */
export async function nomadExec(http: NomadHttp, request: ExecRequest): Promise<ExecResult> {
  for (let left = TRIES; left > 0; left--) {
    request.signal?.throwIfAborted();
    const result = await new Promise<ExecResult | NotBegun>((resolve, reject) =>
      new ExecSession(http, request, resolve, reject).start(),
    );
    if (result.kind !== 'not-begun') return result;
  }
  throw notStarted(
    `task ${request.task} of allocation ${request.allocId}`,
    `Nomad told its end ${TRIES} times before it began`,
  );
}

/** The command was told to have ended while it was still held: it has done nothing and will do nothing. */
interface NotBegun {
  readonly kind: 'not-begun';
}

class ExecSession {
  readonly #output: ExecOutput;
  /** Undefined for a command that is not held. */
  readonly #readyLine: ReadyLine | undefined;
  readonly #socket: WebSocket;
  readonly #timers: NodeJS.Timeout[] = [];
  #opened = false;
  #settled = false;
  #sawFrame = false;

  constructor(
    http: NomadHttp,
    private readonly request: ExecRequest,
    private readonly resolve: (result: ExecResult | NotBegun) => void,
    private readonly reject: (error: DbctlError) => void,
  ) {
    this.#output = new ExecOutput(request.until);
    const argv = held(request.argv);
    this.#readyLine = argv === undefined ? undefined : new ReadyLine();
    const path = `/v1/client/allocation/${segment(request.allocId)}/exec`;
    const target = http.websocket(path, {
      task: request.task,
      tty: false,
      command: JSON.stringify(argv ?? request.argv),
    });
    this.#socket = new WebSocket(target.url, {
      headers: target.headers,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      perMessageDeflate: false,
      followRedirects: false,
      ...target.tls,
    });
  }

  start(): void {
    const { signal, timeoutMs } = this.request;
    this.#socket.on('open', () => this.#onOpen());
    this.#socket.on('message', (data) => this.#onMessage(String(data)));
    this.#socket.on('unexpected-response', (request, response) => {
      request.destroy();
      this.#fail(nomadError({ request: this.#where, mutation: false, status: response.statusCode ?? 0, text: '' }));
    });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#onBroken(error.code ?? 'connection error'));
    this.#socket.on('close', (code, reason) => this.#onClose(code, String(reason)));
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#timers.push(setTimeout(() => this.#onBroken(`no end within ${timeoutMs} ms`), timeoutMs));
  }

  get #where(): string {
    return `task ${this.request.task} of allocation ${this.request.allocId}`;
  }

  readonly #onAbort = (): void => this.#onBroken('aborted');

  #onOpen(): void {
    this.#opened = true;
    this.#timers.push(setInterval(() => this.#send('{}'), HEARTBEAT_MS));
    if (this.#readyLine === undefined) void this.#sendStdin('');
  }

  async #sendStdin(first: string): Promise<void> {
    for (const frame of stdinFrames(`${first}${this.request.stdin ?? ''}`)) {
      // Waiting for each frame keeps memory flat and stops as soon as the command has ended.
      if (this.#settled || !(await this.#send(frame))) return;
    }
    if (this.request.until === undefined) await this.#send(stdinCloseFrame);
  }

  #send(frame: string): Promise<boolean> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
    return new Promise((resolve) => this.#socket.send(frame, (error) => resolve(!error)));
  }

  #onMessage(text: string): void {
    const frame = parseExecFrame(text);
    if (frame) this.#onFrame(frame);
    else this.#onBroken('a frame could not be read');
  }

  #onFrame(frame: ExecFrame): void {
    this.#sawFrame ||= frame.stdout !== undefined || frame.stderr !== undefined;
    if (frame.stdout) this.#onStdout(frame.stdout);
    if (frame.stderr) this.#output.stderr(frame.stderr);
    if (frame.exitCode !== undefined) this.#onExit(frame.exitCode);
  }

  #onStdout(chunk: Buffer): void {
    const wasReady = this.#readyLine?.ready ?? true;
    const own = this.#readyLine === undefined ? chunk : this.#readyLine.take(chunk);
    if (!wasReady && this.#readyLine?.ready) void this.#sendStdin(GO);
    if (own?.length && this.#output.stdout(own)) void this.#send(stdinCloseFrame);
  }

  #onExit(code: number): void {
    const notBegun = code === 0 && this.#readyLine?.silent === true;
    this.#settle(notBegun ? { kind: 'not-begun' } : { kind: 'exited', code, ...this.#output.texts() });
  }

  #onClose(code: number, reason: string): void {
    const denied = !this.#sawFrame && reason.trim() === 'Permission denied';
    const neverStarted = !this.#sawFrame && (code === 1008 || code === 1011) && NEVER_STARTED.test(reason);
    if (denied) this.#fail(nomadError({ request: this.#where, mutation: false, status: 403, text: reason }));
    else if (neverStarted) this.#fail(notStarted(this.#where, reason));
    else this.#onBroken(`closed with ${code}${reason ? `: ${reason}` : ''} before the exit code`);
  }

  #onBroken(reason: string): void {
    if (this.#opened) this.#settle({ kind: 'lost', reason, ...this.#output.texts() });
    else this.#fail(nomadError({ request: `exec in ${this.#where}`, mutation: false, text: reason }));
  }

  #settle(result: ExecResult | NotBegun): void {
    if (this.#finish()) this.resolve(result);
  }

  #fail(error: DbctlError): void {
    if (this.#finish()) this.reject(error);
  }

  #finish(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.request.signal?.removeEventListener('abort', this.#onAbort);
    this.#socket.terminate();
    return true;
  }
}

const notStarted = (where: string, reason: string): DbctlError =>
  new DbctlError('EXEC_FAILED', 'the command could not be started', { where, value: reason });
