import type { InventoryService } from '../../inventory/types.js';
import { isUnusable, type NodeFacts } from '../facts.js';
import { flawed } from '../findings/secret.js';
import { imageChange } from '../image.js';
import { isOwnDatabase } from '../locate.js';
import { NO_SOURCE } from '../target.js';
import type { DatabasePart, Finding } from '../types.js';
import { nodeProblems } from './choose-node.js';
import type { ProvisionFacts } from './facts.js';
import type { Again } from './fill.js';
import { partDifferences, seenPart } from './seen-part.js';

interface FindingsInput {
  readonly service: InventoryService;
  readonly facts: ProvisionFacts;
  readonly target: DatabasePart;
  readonly node: NodeFacts | null;
  readonly pinned: string | null;
  readonly adds: { readonly cpu: number; readonly memory: number };
  /** From a backup of a server of the same kind: what the shared instance runs says nothing about it. */
  readonly filled: boolean;
  /** What is there of it by its own files is no stranger's. */
  readonly again: Again | null;
}

const blocked = (code: string, text: string, next: string): Finding => ({ code, level: 'blocked', text, next });

/** Everything in the way of the new database, and what is worth knowing. */
export const provisionFindings = (input: FindingsInput): Finding[] => [
  ...secretFindings(input),
  ...sourceFindings(input),
  ...extensionFindings(input),
  ...(input.facts.kind === 'shared' ? sharedFindings(input) : dedicatedFindings(input)),
];

/** A password that somebody uses is never replaced, and none is made for data that is there already. */
const secretFindings = ({ facts, service, target }: FindingsInput): Finding[] => {
  const { mount, path, key } = service.vault;
  const { secret, kind } = facts;
  const { path: where } = target.vault;
  if (secret === null) return [];
  if (!secret.keys.includes(key))
    return [
      blocked(
        'VAULT_KEY_MISSING',
        `the secret at ${where} has no key ${key}`,
        `vault kv patch ${mount}/${path} ${key}=-`,
      ),
    ];
  if (secret.flaw !== null) return [flawed(secret.flaw, where, key)];
  return kind === 'new-app' && !secret.plain
    ? [
        blocked(
          'PASSWORD_QUOTING',
          `the ${key} at ${where} has a space, a quote, one of \\ $ # or a character beyond ASCII: the settings of a new app would not hold it as it is`,
          `let dbctl make one: vault kv metadata delete ${mount}/${path}, if nothing else uses it; or write a jobspec that quotes it, and give it with --jobspec`,
        ),
      ]
    : [];
};

const sourceFindings = ({ facts, service, target, again }: FindingsInput): Finding[] => {
  const { source } = facts;
  if (isUnusable(source))
    return facts.kind === 'shared' || service.major === null
      ? [
          blocked(
            source.code,
            source.text,
            'nomad job status, and start the shared instance; or set major and image of the service',
          ),
        ]
      : [];
  const empty = again?.empty ?? [];
  const taken = target.databases.filter(({ name }) => source.databases.includes(name) && !empty.includes(name));
  if (taken.length === 0) return [];
  return [
    blocked(
      'DATABASE_EXISTS',
      `the shared instance has a database ${taken.map(({ name }) => name).join(', ')} already: a new one would hide its rows`,
      facts.kind === 'shared'
        ? 'choose another --database'
        : `dbctl migrate ${service.name}, or choose another --database`,
    ),
  ];
};

const extensionFindings = ({ facts, target }: FindingsInput): Finding[] => {
  const { extensions } = facts;
  const wanted = target.extensions ?? [];
  const missing = extensions === null ? [] : wanted.filter((name) => !extensions.includes(name));
  if (missing.length > 0)
    return [
      blocked(
        'EXTENSION_MISSING',
        `the server's image has no extension ${missing.join(', ')}`,
        'set an image that has it, as pgvector/pgvector:pg17 has vector',
      ),
    ];
  return wanted.length > 0 && extensions === null
    ? [
        {
          code: 'EXTENSION_UNCHECKED',
          level: 'info',
          text: `whether ${target.image ?? 'the server'} has ${wanted.join(', ')} shows only when it runs`,
        },
      ]
    : [];
};

const sharedFindings = ({ facts, target, service }: FindingsInput): Finding[] => [
  {
    code: 'SHARED_DISCOURAGED',
    level: 'warn',
    text: 'a further database on the shared instance is the discouraged way: one failure, one upgrade, one restore for all of them',
    next: `dbctl provision ${service.name}   (without --on shared)`,
  },
  ...(facts.roles.length > 0 && facts.secret === null
    ? [
        blocked(
          'ROLE_EXISTS',
          `the shared instance has a role ${target.role} already, and Vault has no password of it`,
          'choose another --role, or store its password in Vault',
        ),
      ]
    : []),
  ...(facts.file.exists
    ? []
    : [blocked('JOBSPEC_NOT_FOUND', 'the jobspec of the shared instance is not there', 'set shared.jobspec')]),
];

const dedicatedFindings = (input: FindingsInput): Finding[] => {
  const { facts, service, target } = input;
  const source = isUnusable(facts.source) ? NO_SOURCE : facts.source;
  return [
    ...(input.filled || (isUnusable(facts.source) && service.image === 'same-as-source')
      ? []
      : imageChange(service, source, target)
    ).filter(({ level }) => level === 'blocked'),
    ...nodeFindings(input),
    ...volumeFindings(input),
    ...(facts.kind === 'splice' ? spliceFindings(input) : newFileFindings(input)),
  ];
};

const nodeFindings = ({ facts, node, pinned, target, adds }: FindingsInput): Finding[] => {
  const need = { driver: target.driver, volume: target.volume, adds, pinned };
  if (node === null)
    return [
      blocked(
        'NO_NODE',
        `no node can take the database (${adds.memory} MiB, ${adds.cpu} MHz, driver ${target.driver})`,
        facts.nodes.map((one) => `${one.name} ${nodeProblems(one, need).join(', ')}`).join('; ') || 'nomad node status',
      ),
    ];
  const problems = nodeProblems(node, need);
  return problems.length === 0
    ? []
    : [
        blocked(
          'NODE_UNFIT',
          `${node.name} ${problems.join(', ')}`,
          'free some of it, set resources or driver of the service smaller or other, or provision where there is room',
        ),
      ];
};

/** A volume that no run of this service made may hold a live database. */
const volumeFindings = ({ facts, service, target }: FindingsInput): Finding[] => {
  if (service.volume.kind === 'csi' || service.volume.kind === 'ephemeral')
    return [
      blocked('VOLUME_KIND', `volume kind ${service.volume.kind} is not supported here`, 'use kind: dynamic or host'),
    ];
  const found = facts.volumes.find(({ name }) => name === target.volume.source);
  return target.volume.kind !== 'dynamic' || found === undefined || found.id === facts.dataVolume
    ? []
    : [
        blocked(
          'VOLUME_EXISTS',
          `volume ${found.name} exists already, and no run of dbctl made it`,
          `look what it holds; then set volume.name, or: nomad volume delete -type host ${found.id}`,
        ),
      ];
};

const newFileFindings = ({ facts, service, again }: FindingsInput): Finding[] => [
  ...(facts.file.exists && again === null
    ? [
        blocked(
          'JOBSPEC_EXISTS',
          `${facts.file.path} exists and is not written over`,
          `to put the database into it: dbctl provision ${service.name} --jobspec ${facts.file.path}`,
        ),
      ]
    : []),
  ...(facts.job === null || facts.job.Stop === true || (again !== null && isOwnDatabase(facts.job))
    ? []
    : [
        blocked(
          'JOB_EXISTS',
          `job ${facts.job.ID} exists already`,
          `to put the database into it: dbctl provision ${service.name} --jobspec <its file>`,
        ),
      ]),
];

/** An app that has data elsewhere must never wake up on an empty database. */
const spliceFindings = ({ facts, service, target, again }: FindingsInput): Finding[] => {
  const { spec, app } = facts;
  if (spec === null) return [];
  if (isUnusable(spec))
    return [
      blocked(
        spec.code,
        spec.text,
        `correct the jobspec of ${service.name}; nomad job validate shows whether it parses`,
      ),
    ];
  if (app.length === 0)
    return [
      blocked(
        'TASK_NOT_FOUND',
        `no task of ${facts.file.path} says where its database is${service.app === null ? '' : ` as ${service.app} does`}`,
        'set app, group or tasks of the service, or write its settings into the jobspec first',
      ),
    ];
  const part = again === null ? null : seenPart(spec);
  const differs = part === null ? [] : partDifferences(part, target);
  if (differs.length > 0)
    return [
      blocked(
        'PART_DIFFERS',
        `the database in ${facts.file.path} is not the planned one: ${differs.join('; ')}`,
        `make dbctl.yaml and ${facts.file.path} say the same`,
      ),
    ];
  const told = [...new Set(app.flatMap(({ databases }) => databases))];
  if (facts.asked.length > 0 && told.length > 0 && facts.asked.join('\n') !== told.join('\n'))
    return [
      blocked(
        'DATABASE_AMBIGUOUS',
        `--database says ${facts.asked.join(', ')}, the jobspec says ${told.join(', ')}`,
        'leave --database out, or change the jobspec',
      ),
    ];
  const shared = isUnusable(facts.source) ? null : facts.source.address;
  const elsewhere = app.find(({ host }) => host !== null && host !== shared);
  return facts.allocations.length > 0 && elsewhere !== undefined
    ? [
        blocked(
          'APP_IN_USE',
          `job ${service.job} runs and says its database is at ${elsewhere.host}: it would wake up on an empty one`,
          `if nothing there is of worth: nomad job stop ${service.job}, then again`,
        ),
      ]
    : [];
};
