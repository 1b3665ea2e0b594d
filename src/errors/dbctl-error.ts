import { CODES, type ErrorCode } from './codes.js';

export interface ErrorOptions {
  /** The object, file or path the error is about: `job speedtest`, `dbctl.yaml:12 services.x.jobspec`. */
  readonly where?: string;
  /** The wrong value as seen. Never a secret. */
  readonly value?: string;
  /** The next command or action for the operator. */
  readonly next?: string;
  readonly cause?: unknown;
  /** Further lines: other problems of the same kind, gate items, differences. */
  readonly details?: readonly string[];
}

/** The only error class of dbctl: code, what, where, wrong value, next step. */
export class DbctlError extends Error {
  readonly where: string | undefined;
  readonly value: string | undefined;
  readonly next: string | undefined;
  readonly details: readonly string[];

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'DbctlError';
    this.where = options.where;
    this.value = options.value;
    this.next = options.next;
    this.details = options.details ?? [];
  }

  get exitCode(): number {
    return CODES[this.code].exit;
  }

  toJSON(): Record<string, unknown> {
    const { code, message, where, value, next, details, exitCode } = this;
    return { code, message, where, value, next, details, exitCode };
  }
}

export const isDbctlError = (error: unknown, code?: ErrorCode): error is DbctlError =>
  error instanceof DbctlError && (code === undefined || error.code === code);
