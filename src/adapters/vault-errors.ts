import { z } from 'zod';
import { DbctlError } from '../errors/dbctl-error.js';

const refused = z.looseObject({
  response: z.looseObject({
    statusCode: z.number(),
    body: z
      .looseObject({ errors: z.array(z.string()).optional() })
      .optional()
      .catch(undefined),
  }),
});
const broken = z.looseObject({ code: z.string() });

export interface VaultFailure {
  readonly status?: number;
  readonly text: string;
}

/** Status and Vault's own texts only: an axios error carries the token in its headers. */
export function vaultFailure(error: unknown): VaultFailure {
  const answer = refused.safeParse(error);
  if (answer.success) {
    const { statusCode, body } = answer.data.response;
    return { status: statusCode, text: (body?.errors ?? []).join('; ').slice(0, 1_000) };
  }
  const lost = broken.safeParse(error);
  const code = lost.success ? lost.data.code : 'no connection';
  return { text: code === 'ERR_CANCELED' ? 'no answer in time' : code };
}

export function vaultError(request: string, { status, text }: VaultFailure, hasToken = true): DbctlError {
  const options = { where: request, value: status ? `HTTP ${status}${text ? `: ${text}` : ''}` : text };
  if (status === 400 && /check-and-set/.test(text)) {
    return new DbctlError('VAULT_CAS', 'the secret was changed by somebody else meanwhile', {
      ...options,
      next: 'run again',
    });
  }
  if (status === 401 || status === 403) return denied(options, text, hasToken);
  if (status === 503 && /sealed/i.test(text))
    return new DbctlError('VAULT_SEALED', 'Vault is sealed', { ...options, next: 'vault operator unseal' });
  return new DbctlError('VAULT_UNAVAILABLE', 'Vault does not answer', {
    ...options,
    next: 'check VAULT_ADDR, then: vault status',
  });
}

/** A token that is over and one that lacks a right get the same status; only Vault's text tells them apart. */
function denied(options: { where: string; value: string }, text: string, hasToken: boolean): DbctlError {
  if (!hasToken)
    return new DbctlError('VAULT_DENIED', 'there is no token for Vault', {
      ...options,
      next: 'vault login, or set VAULT_TOKEN',
    });
  if (/invalid token|bad token/i.test(text))
    return new DbctlError('VAULT_DENIED', 'the token for Vault is not valid, or has expired', {
      ...options,
      next: 'vault login, or set another VAULT_TOKEN',
    });
  return new DbctlError('VAULT_DENIED', 'the token may not do this in Vault', {
    ...options,
    next: 'give it the policy of docs/permissions.md; vault token lookup shows what it has',
  });
}
