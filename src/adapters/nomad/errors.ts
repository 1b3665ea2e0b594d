import { DbctlError } from '../../errors/dbctl-error.js';

/** What is known of a failed request. Built from it only, never from an axios error: those carry the token. */
export interface Failure {
  readonly request: string;
  readonly mutation: boolean;
  /** Absent when no answer came. */
  readonly status?: number;
  readonly text: string;
}

const MAX_TEXT = 2_000;
/** Texts of Nomad's 500 answers that mean "not now" rather than "never". */
const NOT_NOW =
  /no cluster leader|no path to region|rpc error: (EOF|connection)|connection refused|i\/o timeout|leadership lost/i;
/** Answers of whoever gave up waiting for the one that does the work: it may have done it. */
const HALFWAY = /rpc error: (EOF|connection)|i\/o timeout|leadership lost/i;
/** Failures that come before a byte of the request was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

export const isTransient = (failure: Failure): boolean =>
  failure.status === undefined || failure.status === 429 || failure.status > 500 || NOT_NOW.test(failure.text);

/** 429 turns a request away at the door; any other answer above 500 comes from a machine in between. */
const mayBeDone = ({ mutation, status = 0, text }: Failure): boolean =>
  mutation && (status > 500 || (status === 500 && HALFWAY.test(text)));

export function nomadError(failure: Failure): DbctlError {
  const text = failure.text.trim().slice(0, MAX_TEXT);
  const options = { where: failure.request, value: failure.status ? `HTTP ${failure.status}: ${text}` : text };
  if (failure.status === undefined) return noAnswer(failure, options);
  if (failure.status === 401 || failure.status === 403) {
    return denied(text, options);
  }
  if (text.includes('Enforcing job modify index')) {
    return new DbctlError('JOB_CHANGED', 'the job was changed by somebody else meanwhile', {
      ...options,
      next: 'plan again',
    });
  }
  if (mayBeDone(failure)) return outcomeUnknown(options);
  if (isTransient(failure))
    return new DbctlError('NOMAD_UNAVAILABLE', 'Nomad cannot answer now', {
      ...options,
      next: 'nomad server members; then run the command again',
    });
  return new DbctlError('NOMAD_REJECTED', 'Nomad refused the request', options);
}

function denied(text: string, options: { where: string; value: string }): DbctlError {
  if (/token (?:not found|expired)|invalid/i.test(text))
    return new DbctlError('NOMAD_DENIED', 'the token for Nomad is not valid, or has expired', {
      ...options,
      next: 'nomad login, or set another NOMAD_TOKEN',
    });
  return new DbctlError('NOMAD_DENIED', 'the token may not do this in Nomad', {
    ...options,
    next: 'give it the policy of docs/permissions.md; nomad acl token self shows what it has',
  });
}

function noAnswer(failure: Failure, options: { where: string; value: string }): DbctlError {
  if (failure.mutation && !NEVER_SENT.has(failure.text)) return outcomeUnknown(options);
  return new DbctlError('NOMAD_UNAVAILABLE', 'Nomad does not answer', {
    ...options,
    next: 'check NOMAD_ADDR, then: nomad server members',
  });
}

const outcomeUnknown = (options: { where: string; value: string }): DbctlError =>
  new DbctlError('NOMAD_OUTCOME_UNKNOWN', 'Nomad broke off before it answered; the change may have been made', {
    ...options,
    next: 'run again with --resume: it looks before it acts',
  });
