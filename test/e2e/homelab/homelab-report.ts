import type { AdoptedFile } from '../../../src/report/adopt-report.js';
import type { DiscoverReport } from '../../../src/usecases/discover.js';
import { HOUSE, type HouseJob } from './house.js';

/** What one run of `discover`, `adopt` and `migrate` said of the house. */
export interface HouseSeen {
  readonly discovered: DiscoverReport;
  readonly adopted: ReadonlyMap<string, AdoptedFile>;
  readonly moved: readonly string[];
}

const HEAD = `# A homelab, service by service

One lab with Consul and Vault, in which all of these jobs run at once: small programs that read their settings as the app does, open
a session on each database that they name, and stay. The jobspecs are in \`test/e2e/homelab/jobs\`, each written in another way, for
the drivers exec and raw_exec (so no image says which app it is). \`dbctl discover\` looks at the cluster alone, \`dbctl adopt\` at the
files alone, told the names of the shared server by \`--from\`; Nomad validates each patched file. Written by
\`UPDATE=1 npx vitest run --project breadth test/e2e/homelab.e2e.test.ts\`.

`;

const KINDS: readonly (readonly [HouseJob['server'], string])[] = [
  ['shared', 'On the shared instance'],
  ['own', 'With a server of their own'],
  ['other job', 'On a server of another job'],
  ['other engine', 'On another engine'],
  ['nowhere', 'Without a server'],
  ['none', 'Without a database'],
];

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** The same for every run: no time, size, count or address is in it. */
export function homelabReport(seen: HouseSeen): string {
  const parts = KINDS.map(([kind, title]) => {
    const rows = HOUSE.filter(({ server }) => server === kind).map((one) => [
      `\`${one.job}\``,
      one.written,
      foundText(one, seen.discovered),
      verdictText(one.job, seen),
    ]);
    return `## ${title}\n\n${table(['job', 'written', '`discover`', '`adopt`'], rows)}\n`;
  });
  return `${HEAD}${summary(seen)}\n${parts.join('\n')}\n${unclaimed(seen.discovered)}`;
}

function summary({ adopted, moved }: HouseSeen): string {
  const shared = HOUSE.filter(({ server }) => server === 'shared');
  const patched = shared.filter(({ job }) => adopted.get(job)?.verdict === 'patched');
  const after =
    moved.length === 0
      ? ''
      : `; these moved in the same run, with every row: ${moved.map((job) => `\`${job}\``).join(', ')}`;
  return `Of ${shared.length} services on the shared instance ${patched.length} were patched${after}.\n`;
}

function foundText({ job }: HouseJob, { services, findings, servers }: DiscoverReport): string {
  const mine = services.filter((service) => service.job === job);
  const claims = mine.map(({ databases, role, confidence }) => {
    const names = databases.length === 0 ? 'no database' : databases.map((name) => `\`${name}\``).join(', ');
    return `${names}${role === null ? '' : `, role \`${role}\``}: ${confidence}`;
  });
  const runs = servers
    .filter((server) => server.job === job)
    .map(
      ({ databases }) =>
        `server with ${databases
          .filter(({ state }) => state === 'used')
          .map(({ name }) => `\`${name}\``)
          .join(', ')}`,
    );
  const told = findings
    .filter(({ where, code }) => (where === job || where.startsWith(`${job}/`)) && !code.startsWith('BACKUP'))
    .map(({ code }) => `\`${code}\``);
  return [...claims, ...runs, ...new Set(told)].join('; ') || 'nothing claimed';
}

function verdictText(job: string, { adopted, moved }: HouseSeen): string {
  const file = adopted.get(job);
  if (file === undefined) return '';
  return `${verdictCell(file)}${moved.includes(job) ? ', moved' : ''}`;
}

/** What `adopt` says of a file. */
export function verdictCell({ verdict, change, left, why }: AdoptedFile): string {
  const lines = left.flatMap(({ line }) => line ?? []);
  const where = change === null ? '' : change.placement === 'own-job' ? ', a job of its own' : ', same group';
  const by = lines.length === 0 ? '' : `, line${lines.length > 1 ? 's' : ''} ${lines.join(', ')}`;
  const reason = verdict === 'instructions' ? `: ${why.replace(/port \d{4,5}$/, 'a port of its own')}` : '';
  return `${verdict}${where}${by}${reason}`;
}

function unclaimed({ servers, findings }: DiscoverReport): string {
  const rows = servers.flatMap(({ job, databases }) =>
    databases
      .filter(({ state }) => state === 'unclaimed')
      .map(({ name }) => {
        const text =
          findings.find(({ code, text }) => code === 'DATABASE_UNCLAIMED' && text.includes(`database ${name}`))?.text ??
          '';
        const who = /sessions now: (\S+) from/.exec(text)?.[1];
        return [`\`${job}\``, `\`${name}\``, who === undefined ? 'no session' : `sessions of \`${who}\``];
      }),
  );
  return `## Databases that nobody claims\n\nThose of the lab's services whose apps do not run here, an orphan, and the one that \`blog\` uses by a file of its own.\n\n${table(
    ['server', 'database', 'now'],
    rows.toSorted((a, b) => (a[1] ?? '').localeCompare(b[1] ?? '')),
  )}\n`;
}
