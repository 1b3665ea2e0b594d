import { z } from 'zod';
import { cronProblem } from './cron.js';
import { DURATION, MEMORY } from './quantity.js';
import { type NameKind, nameProblem } from './safe-names.js';

/** A name that is safe wherever dbctl writes it. */
export const name = (kind: NameKind) =>
  z.string().superRefine((value, context) => {
    const problem = nameProblem(kind, value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

export const duration = z.string().regex(DURATION, 'expected a duration like 30s, 5m, 24h or 7d');
export const port = z
  .int({ error: 'expected a port 1024-65535' })
  .min(1024, 'expected a port 1024-65535')
  .max(65_535, 'expected a port 1024-65535');
export const megahertz = z.int().min(1).max(1_000_000);
const SIZE = 'expected MiB as a number, or a size like 256MiB or 1GiB';
export const memory = z
  .union([z.int().min(1).max(16_777_216), z.string().regex(MEMORY, SIZE)], { error: SIZE })
  .describe('MiB as a number, or a size like 256MiB');
export const count = z.int().min(0).max(100_000);

export const cron = z.string().superRefine((value, context) => {
  const problem = cronProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** A name with `{service}` in it; every other placeholder is a typo. */
export const pattern = z.string().superRefine((value, context) => {
  const foreign = [...value.matchAll(/\{[^}]*\}?/g)].map((match) => match[0]).find((found) => found !== '{service}');
  if (foreign !== undefined)
    context.addIssue({ code: 'custom', message: `unknown placeholder ${foreign}, only {service} is known` });
  const problem = nameProblem('volume', value.replaceAll('{service}', 'x'));
  if (foreign === undefined && problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** What Nomad's artifact block downloads. Credentials in it would be read by everyone who reads the repository. */
export const artifact = z
  .string()
  .regex(/^https?:\/\/[A-Za-z0-9._~:/@%+=-]+$/, 'expected an https:// URL without ? and #')
  .refine((value) => !/^https?:\/\/[^/]*@/.test(value), 'credentials do not belong here');

/** By the names that Node's own copy of the IANA database knows. */
export const zone = z.string().superRefine((value, context) => {
  if (!knownZone(value))
    context.addIssue({ code: 'custom', message: 'no such time zone: expected a name like Europe/Berlin, or UTC' });
});

const knownZone = (value: string): boolean => {
  // Offsets like +02:00 are zones to Intl, but no file of the zone database has their name.
  if (!/^[A-Z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(value)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** As PostgreSQL's own and the common ones are named; nothing in it needs care in SQL or shell. */
export const extension = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'expected the name of an extension like vector');

export const path = z
  .string()
  .min(1, 'expected a path')
  .regex(/^[^\p{Cc}]+$/u, 'a path must not hold control characters');

/** One word of a command. Line breaks would end a line of the script that carries it. */
export const word = z
  .string()
  .min(1, 'expected a word')
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u, 'a word must not hold control characters');

export const image = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/, 'expected an image like postgres:16-alpine, or same-as-source');
