import type { NomadJob } from '../ports/nomad.js';

/** Filled in or counted by the server at every level; they say nothing about what the operator wrote. */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  'Status',
  'StatusDescription',
  'Stable',
  'Version',
  'SubmitTime',
  'CreateIndex',
  'ModifyIndex',
  'JobModifyIndex',
  'NomadTokenID',
  'VaultToken',
  'ConsulToken',
  'VaultNamespace',
  'ConsulNamespace',
  'Dispatched',
  'DispatchIdempotencyToken',
  'Payload',
  'ParentID',
  'Stop',
  'VersionTag',
  'Region',
]);

/** Lists whose order means nothing; matched by name so that a moved block is no difference. */
const NAMED_LISTS: ReadonlySet<string> = new Set([
  'TaskGroups',
  'Tasks',
  'Services',
  'Checks',
  'DynamicPorts',
  'ReservedPorts',
]);

export interface JobDifference {
  /** `group speedtest / task app / Env.DB_HOST` */
  readonly path: string;
  readonly file: string;
  readonly running: string;
}

/**
 * Where the operator's file and the running job differ. Both must be canonical JSON of Nomad.
 * Empty (null, "", [], {}, 0, false) and absent are the same; constraints and identities that Nomad's
 * own admission hooks put into a registered job are left out.
 */
export const jobDifferences = (file: NomadJob, running: NomadJob): JobDifference[] =>
  // The job's own update block is only a default: the server empties it once every group has its own.
  compare([], { ...file, Update: null }, { ...running, Update: null });

/** A check without a name gets one from the server. */
const DEFAULT_CHECK_NAME = /^service: ".*" check$/;

/** What the server writes where the file says nothing (seen on 1.11.1). */
const SERVER_DEFAULTS: Readonly<Record<string, (running: unknown, path: readonly string[]) => boolean>> = {
  NodePool: (running) => running === 'default',
  HostNetwork: (running) => running === 'default',
  Namespace: (running) => running === 'default',
  Datacenters: (running) => canonical(running) === '["*"]',
  Identity: (running) => asObject(running)['Name'] === 'default',
  Name: (running) => DEFAULT_CHECK_NAME.test(String(running)),
  // A service inside a task, and its checks, are told their task: TaskGroups / g / Tasks / t / Services / …
  TaskName: (running, path) => path[2] === 'Tasks' && path[3] === running,
};

const compare = (path: readonly string[], file: unknown, running: unknown): JobDifference[] => {
  if (isEmpty(file) && isEmpty(running)) return [];
  const key = path.at(-1) ?? '';
  if (isEmpty(file) && SERVER_DEFAULTS[key]?.(running, path) === true) return [];
  if (Array.isArray(file) || Array.isArray(running)) return compareLists(path, key, asList(file), asList(running));
  if (isObject(file) || isObject(running)) return compareObjects(path, asObject(file), asObject(running));
  return file === running ? [] : [difference(path, file, running)];
};

const compareObjects = (path: readonly string[], file: JsonObject, running: JsonObject): JobDifference[] =>
  [...new Set([...Object.keys(file), ...Object.keys(running)])]
    .filter((key) => !SERVER_FIELDS.has(key))
    .sort()
    .flatMap((key) => compare([...path, key], file[key], running[key]));

const compareLists = (
  path: readonly string[],
  key: string,
  file: readonly unknown[],
  running: readonly unknown[],
): JobDifference[] => {
  if (key === 'Constraints') return compareSets(path, file, running, isImpliedConstraint);
  if (key === 'Identities') return compareSets(path, file, running, isImpliedIdentity);
  if (NAMED_LISTS.has(key)) return compareNamed(path, file, running);
  const length = Math.max(file.length, running.length);
  return Array.from({ length }, (_, index) => compare([...path, String(index)], file[index], running[index])).flat();
};

const compareNamed = (
  path: readonly string[],
  file: readonly unknown[],
  running: readonly unknown[],
): JobDifference[] => {
  const left = byName(file);
  const right = byName(running);
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) =>
    left.has(name) && right.has(name)
      ? compare([...path, name], left.get(name), right.get(name))
      : [difference([...path, name], left.get(name), right.get(name))],
  );
};

const byName = (items: readonly unknown[]): Map<string, unknown> =>
  new Map(items.map((item, index) => [nameOf(asObject(item)) || String(index), item]));

const nameOf = (item: JsonObject): string => {
  const name = String(item['Name'] || item['Label'] || '');
  return DEFAULT_CHECK_NAME.test(name) ? '' : name;
};

const compareSets = (
  path: readonly string[],
  file: readonly unknown[],
  running: readonly unknown[],
  implied: (item: JsonObject) => boolean,
): JobDifference[] => {
  const left = file.map(canonical);
  const right = running.filter((item) => !implied(asObject(item))).map(canonical);
  const missing = left.filter((item) => !right.includes(item) && !running.map(canonical).includes(item));
  const extra = right.filter((item) => !left.includes(item));
  return [
    ...missing.map((item) => ({ path: pathText(path), file: item, running: '(absent)' })),
    ...extra.map((item) => ({ path: pathText(path), file: '(absent)', running: item })),
  ];
};

// nomad/job_endpoint_hooks.go, 1.11.1: added at registration for Vault, service discovery, CNI, numa, signals and identities.
const isImpliedConstraint = (item: JsonObject): boolean =>
  /^\$\{attr\.(?:vault\.|consul\.|nomad\.|plugins\.|kernel\.name\}|os\.signals\})/.test(String(item['LTarget'] ?? ''));

const isImpliedIdentity = (item: JsonObject): boolean =>
  /^(?:default$|vault_|consul_|consul-service_)/.test(String(item['Name'] ?? ''));

type JsonObject = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.values(value).every(isEmpty));

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, item]) => !isEmpty(item))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${key}: ${canonical(item)}`).join(', ')}}`;
};

const difference = (path: readonly string[], file: unknown, running: unknown): JobDifference => ({
  path: pathText(path),
  file: shown(path, file),
  running: shown(path, running),
});

// A jobspec may hold a password in clear; a difference names the place, never such a value.
const HIDDEN = /pass|pwd|secret|token|key|credential|auth|url|uri|dsn|EmbeddedTmpl|args/i;

const WORDS: Readonly<Record<string, string>> = { TaskGroups: 'group', Tasks: 'task', Services: 'service' };

const pathText = (path: readonly string[]): string => {
  const parts: string[] = [];
  let rest: string[] = [];
  for (let index = 0; index < path.length; index += 1) {
    const word = WORDS[path[index] ?? ''];
    if (word === undefined || index + 1 >= path.length) rest = [...rest, path[index] ?? ''];
    else {
      if (rest.length > 0) parts.push(rest.join('.'));
      rest = [];
      index += 1;
      parts.push(`${word} ${path[index]}`);
    }
  }
  return [...parts, ...(rest.length > 0 ? [rest.join('.')] : [])].join(' / ');
};

const shown = (path: readonly string[], value: unknown): string => {
  if (isEmpty(value)) return '(absent)';
  if (isObject(value) || path.some((part) => HIDDEN.test(part))) return '(not shown)';
  const text = typeof value === 'string' ? JSON.stringify(value) : canonical(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};
