import { stringify } from 'yaml';

export interface DraftService {
  readonly name: string;
  readonly job: string;
  readonly app: string | null;
  readonly jobspec: string | null;
  /** Set when the job has other services too. */
  readonly group?: string | null;
  readonly tasks?: readonly string[] | null;
  /** Set when no preset can tell them from the app's settings. */
  readonly databases?: readonly string[];
  readonly role?: string | null;
  /** Set when it is not where the others keep theirs. */
  readonly vaultPath: string | null;
  /** `certain`: settings, server and sessions agree. `likely`: settings and server. `unclear`: something is in the way. */
  readonly confidence: 'certain' | 'likely' | 'unclear';
  /** What was seen, one line each. */
  readonly evidence: readonly string[];
}

export interface InventoryDraft {
  readonly from: string;
  readonly vault: { readonly mount: string; readonly prefix: string };
  readonly shared: {
    readonly job: string;
    readonly task: string;
    readonly service: string;
    readonly jobspec: string | null;
  };
  readonly why: readonly string[];
  readonly driver: string;
  readonly volumeKind: 'dynamic' | 'host';
  readonly services: readonly DraftService[];
  /** Databases no job was seen to use, with a word about each. */
  readonly unclaimed: readonly string[];
}

/** A commented `dbctl.yaml`. Unclear services are written as comments: an inventory never says what nobody knows. */
export const draftText = (draft: InventoryDraft): string =>
  [
    '# yaml-language-server: $schema=./docs/schema/dbctl.schema.json',
    `# Written by dbctl init from ${plain(draft.from)}. Read it through, then: dbctl plan`,
    'version: 1',
    '',
    section({ vault: draft.vault }),
    comments(draft.why),
    section({ shared: sharedOf(draft) }),
    section({
      defaults: {
        image: 'same-as-source',
        driver: draft.driver,
        volume: { kind: draft.volumeKind, name: '{service}_postgres_data' },
        backup: { volume: 'db-backups' },
      },
    }),
    ...servicesText(draft.services),
    ...(draft.unclaimed.length === 0
      ? []
      : ['', comments(['Databases on the shared instance that no running job was seen to use:', ...draft.unclaimed])]),
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()
    .concat('\n');

const sharedOf = ({ shared: { jobspec, ...shared } }: InventoryDraft): object =>
  jobspec === null ? shared : { ...shared, jobspec };

const section = (value: object): string => `${stringify(value, { lineWidth: 0 })}`;

const servicesText = (services: readonly DraftService[]): string[] => {
  const clear = services.filter(({ confidence }) => confidence !== 'unclear');
  const head = clear.length === 0 ? 'services: {}' : 'services:';
  return [
    head,
    ...clear.map((service) => `${indent(comments(told(service)))}\n${indent(entry(service))}`),
    ...services
      .filter(({ confidence }) => confidence === 'unclear')
      .map((service) => indent(comments([...told(service), ...entry(service).trimEnd().split('\n')]))),
  ];
};

const told = ({ confidence, evidence }: DraftService): string[] =>
  evidence.map((line, index) => (index === 0 ? `${confidence}: ${line}` : line));

const entry = ({ name, job, app, jobspec, vaultPath, group, tasks, databases = [], role }: DraftService): string =>
  stringify(
    {
      [name]: {
        priority: 'medium',
        ...(job === name ? {} : { job }),
        ...(app === null ? {} : { app }),
        ...(jobspec === null ? {} : { jobspec }),
        ...(group == null ? {} : { group }),
        ...(tasks == null ? {} : { tasks: [...tasks] }),
        ...(databases.length === 0 ? {} : { databases: [...databases] }),
        ...(role == null ? {} : { role }),
        ...(vaultPath === null ? {} : { vault: { path: vaultPath } }),
      },
    },
    { lineWidth: 0 },
  ).trimEnd();

/** A name from the cluster must not end a comment. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
const comments = (lines: readonly string[]): string => lines.map((line) => `# ${plain(line)}`.trimEnd()).join('\n');
const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');
