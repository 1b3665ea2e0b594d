import { z } from 'zod';
import { NOTIFY_KINDS, notifyProblem, vaultRef } from './notify-url.js';
import { offsiteAddress } from './offsite-url.js';
import {
  artifact,
  count,
  cron,
  duration,
  extension,
  image,
  megahertz,
  memory,
  name,
  path,
  pattern,
  port,
  word,
  zone,
} from './scalars.js';

export const DRIVERS = ['docker', 'podman', 'exec', 'raw_exec'] as const;
export const PLACEMENTS = ['auto', 'same-group', 'own-job'] as const;
export const VOLUME_KINDS = ['dynamic', 'host', 'csi', 'ephemeral'] as const;
export const PRIORITIES = ['high', 'medium', 'low'] as const;
export const EVENTS = ['failure', 'success', 'drill'] as const;

const resource = z.strictObject({ cpu: megahertz.describe('MHz').optional(), memory: memory.optional() });

const address = z.string().superRefine((value, context) => {
  const problem = notifyProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const notify = z.union(
  [
    address,
    z.strictObject({
      url: address,
      kind: z.enum(NOTIFY_KINDS).optional(),
      on: z.array(z.enum(EVENTS)).min(1).optional(),
    }),
  ],
  { error: 'expected a URL or vault:path#key, or { url, kind, on: [failure, success, drill] }' },
);

const targetUrl = z.string().superRefine((value, context) => {
  const problem = offsiteAddress(value);
  if (typeof problem === 'string') context.addIssue({ code: 'custom', message: problem });
});

const offsite = z.union(
  [
    targetUrl,
    z.strictObject({
      name: z
        .string()
        .regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, 'expected small letters, digits and inner dashes')
        .optional(),
      url: targetUrl,
      secret: name('vault-path')
        .describe('Vault path of its credentials, appended to its section of rclone.conf')
        .optional(),
      read: name('vault-path').describe('The same for credentials that may only read; default: secret').optional(),
      prune: z.boolean().describe('Whether `keep` counts there too').optional(),
    }),
  ],
  { error: 'expected a URL like s3://bucket/folder without credentials, or { name, url, secret, read, prune }' },
);

const tool = z.strictObject({
  url: artifact,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected the SHA-256 in hex'),
});

const backup = z.strictObject({
  schedule: cron.describe('Five cron fields, in `zone`').optional(),
  zone: zone.describe('IANA name of the time zone; default UTC').optional(),
  keep: z
    .strictObject({
      last: count.min(1).optional(),
      daily: count.optional(),
      weekly: count.optional(),
      monthly: count.optional(),
    })
    .optional(),
  volume: name('volume').describe('Nomad volume of the dumps, shared by all services of a node').optional(),
  offsite: z.array(offsite).optional(),
  encrypt: z
    .strictObject({
      recipients: z.array(z.string().regex(/^age1[a-z0-9]{58}$/, 'expected an age recipient: age1…')).min(1),
      identity: z
        .string()
        .refine((value) => vaultRef(value) !== undefined, 'expected <Vault path>#<key>')
        .describe('Vault path and key of the age identity; only drills and restores read it')
        .optional(),
    })
    .optional(),
  tools: z
    .strictObject({ rclone: tool.optional(), age: tool.optional() })
    .describe('Where Nomad gets rclone and age from')
    .optional(),
  notify: z.array(notify).optional(),
});

const drill = z.strictObject({
  schedule: cron.optional(),
  rto: duration.describe('How long a restore may take').optional(),
  maxAge: duration.describe('How old the newest backup may be').optional(),
  assertions: z
    .array(z.strictObject({ sql: z.string().regex(/^[^\0]+$/, 'expected a query'), expect: z.string() }))
    .optional(),
});

/** What `defaults` gives and a service may override. */
const common = {
  image: image.describe('same-as-source, or an image; another major is an upgrade').optional(),
  major: z.int().min(13).max(99).describe('PostgreSQL major, only when the image tag does not say it').optional(),
  driver: z.enum(DRIVERS).optional(),
  placement: z.enum(PLACEMENTS).optional(),
  volume: z
    .strictObject({
      kind: z.enum(VOLUME_KINDS).optional(),
      name: pattern.describe('{service} stands for the service').optional(),
    })
    .optional(),
  backup: backup.optional(),
  drill: drill.optional(),
  resources: z
    .strictObject({ postgres: resource.optional(), toolbox: resource.optional(), init: resource.optional() })
    .optional(),
  finalize: z
    .strictObject({
      soak: duration
        .describe('How long the app must be healthy on the new database before the old one may go')
        .optional(),
      offsite: z.enum(['required', 'waived']).optional(),
    })
    .optional(),
  migrate: z
    .strictObject({
      maxDowntime: duration.describe('Refuse the move when the rehearsal predicts more').optional(),
      healthyDeadline: duration.describe('How long the app may take to become healthy').optional(),
      lockWait: duration.describe('How long a dump waits for a table that somebody has locked').optional(),
    })
    .optional(),
  drift: z.enum(['refuse', 'warn']).describe('What to do when the jobspec file and the running job differ').optional(),
};

const defaults = z.strictObject({
  engine: z.literal('postgres').optional(),
  ports: z.strictObject({ from: port.describe('First port for services in host network mode').optional() }).optional(),
  ...common,
});

/** Run as they are, without a shell: word by word. */
const words = z.array(word).min(1);

const repoint = z.strictObject({
  file: path.describe('The file; one that is absent means: not installed yet').optional(),
  read: words.describe('Prints "host:port database user"'),
  write: words
    .refine(
      (value) => value.some((text) => /\{(?:address|host)\}/.test(text)),
      'must hold {address}, or {host} and {port}',
    )
    .describe('Changes the address; {host}, {port} and {address} are filled in'),
  user: name('task').describe('User of the tool, where the task names none').optional(),
});

/** What one key of an app says. */
export const SETTING_ROLES = ['host', 'port', 'host:port', 'url', 'database', 'user', 'password'] as const;

const settings = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_.]*$/, 'expected a key like DB_HOST'), z.enum(SETTING_ROLES))
  .refine(
    (value) => Object.values(value).some((role) => role === 'host' || role === 'host:port' || role === 'url'),
    'must name a host, a host:port or a url',
  );

const serviceKeys = z.strictObject({
  priority: z.enum(PRIORITIES).optional(),
  job: name('job').describe('Nomad job of the app; default: the name of the service').optional(),
  app: z.string().min(1).describe('Which app it is, when its image does not say so: see docs/apps.md').optional(),
  settings: settings
    .describe('For an app that no preset knows: which of its environment keys say where its database is')
    .optional(),
  repoint: repoint
    .describe('For an app that keeps its settings in a file of its own: how its tool reads and changes the address')
    .optional(),
  jobspec: path.describe('Jobspec file of the app, relative to this file').optional(),
  group: name('group').describe('Task group of the app, when the job has several').optional(),
  tasks: z
    .array(name('task'))
    .min(1)
    .describe('Tasks that use the database, when they are not found by themselves')
    .optional(),
  database: name('database')
    .describe('Database on the shared instance, when the live settings do not say it')
    .optional(),
  databases: z
    .array(name('database'))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'expected each database once')
    .describe('The same for an app with several: all of them, the main one first')
    .optional(),
  role: name('role').describe('Login role of the app, when the live settings do not say it').optional(),
  extensions: z
    .array(extension)
    .min(1)
    .describe('Extensions that a newly provisioned database gets; a move brings those of the old one')
    .optional(),
  port: port.optional(),
  vault: z
    .strictObject({
      path: name('vault-path').describe('Path below the mount, without data/').optional(),
      key: z
        .string()
        .regex(/^[A-Za-z0-9_-]+$/, 'expected a key like password')
        .optional(),
    })
    .optional(),
  ...common,
});

const service = serviceKeys
  .refine(({ database, databases }) => database === undefined || databases === undefined, {
    path: ['databases'],
    message: 'database and databases say the same thing: keep one of them',
  })
  .refine(({ app, settings }) => app === undefined || settings === undefined, {
    path: ['settings'],
    message: 'app and settings say the same thing: keep one of them',
  });

/** The file as written. Unknown keys are errors: a typo must not silently mean the default. */
export const rawInventorySchema = z.strictObject({
  version: z.literal(1),
  vault: z
    .strictObject({
      mount: name('vault-path').optional(),
      prefix: name('vault-path').optional(),
      role: name('job')
        .describe('Vault role for a database in a job of its own, whose job id is not the name of the service')
        .optional(),
    })
    .optional(),
  shared: z
    .strictObject({
      job: name('job').optional(),
      task: name('task').optional(),
      service: name('service').optional(),
      admin: name('vault-path').optional(),
      jobspec: path.optional(),
    })
    .optional(),
  defaults: defaults.optional(),
  services: z.record(name('service'), service),
});

export type RawInventory = z.infer<typeof rawInventorySchema>;
export type RawService = z.infer<typeof service>;
export type RawCommon = Pick<RawService, keyof typeof common>;
