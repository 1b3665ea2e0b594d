import { sqlIdent } from '../../shared/quote.js';
import { type Check, checksOf, type Found, found, type Looked } from './check.js';
import { nameOf } from './each-server.js';
import type { AppLook, JournalLook, ServerLook, ServerSql } from './facts.js';

/** A job that has not changed is not run again by `nomad job run`; this starts each of its tasks anew, those that ended too. */
const runInit = (job: string): string =>
  `nomad job restart -on-error=fail -all-tasks ${job}, whose init task makes it (its server restarts)`;

const check = checksOf('databases', ['nomad-token']);

export const DATABASES_CHECKS: readonly Check[] = [
  check({
    id: 'dedicated-answers',
    title: 'every database of its own answers',
    why: 'its app has no other: what does not answer serves nobody and is backed up by nobody',
    reads: ['dedicated'],
    look: ({ dedicated }) =>
      found(
        dedicated.flatMap(({ service, job, sql }): Found[] =>
          'gap' in sql
            ? [
                {
                  level: 'fail',
                  service,
                  evidence: sql.gap.text,
                  fix: sql.gap.next || `nomad alloc logs -stderr -job ${job} postgres`,
                },
              ]
            : [],
        ),
        dedicated.length === 0 ? 'there is none yet' : `${dedicated.length} answer`,
      ),
  }),
  check({
    id: 'database-missing',
    title: 'every database that an app asks for is there',
    why: 'the app cannot start, or makes an empty one for itself',
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, wanted, sql, server) =>
        wanted.databases
          .filter((name) => !sql.databases.some((one) => one.name === name))
          .map((name) => ({
            level: 'fail',
            service,
            evidence: `${nameOf(server)} has no database ${name}`,
            fix:
              server.service === null
                ? `was it renamed or dropped? dbctl backups ${service}; never made: ${runInit(server.job)}; else correct the app's setting, or services.${service}.databases`
                : `dbctl restore ${service}`,
          })),
      ),
  }),
  check({
    id: 'role-missing',
    title: 'every role that an app logs in with is there, and may log in',
    why: '"password authentication failed" although the password is right',
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, { role }, sql, server) => {
        if (role === null || facts.journals.some((one) => one.service === service && one.resume !== null)) return [];
        const known = sql.roles.find(({ name }) => name === role);
        if (known?.login === true) return [];
        return [
          {
            level: 'fail',
            service,
            evidence:
              known === undefined
                ? `${nameOf(server)} has no role ${role}`
                : `role ${role} may not log in to ${nameOf(server)}, and no run explains why`,
            fix:
              known === undefined
                ? `${runInit(server.job)}`
                : `alter role ${sqlIdent(role)} login; unless somebody closed it on purpose`,
          },
        ];
      }),
  }),
  check({
    id: 'database-closed',
    title: 'every database that an app asks for takes connections',
    why: 'a fence that was left behind, or a tombstone that the app still asks for',
    needs: ['nomad-token', 'database-missing'],
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, { databases }, sql, server) =>
        sql.databases
          .filter(({ name, open, connLimit }) => databases.includes(name) && (!open || connLimit === 0))
          .map(({ name, open }) => ({
            level: 'fail',
            service,
            evidence: `${nameOf(server)}: ${name} ${open ? 'has CONNECTION LIMIT 0' : 'allows no connections'}`,
            fix: `alter database ${sqlIdent(name)} ${open ? 'connection limit -1' : 'allow_connections true'}; when a run was cut: dbctl migrate ${service} --resume`,
          })),
      ),
  }),
  check({
    id: 'role-superuser',
    title: 'no app is a superuser',
    why: 'it can read every other database, and no fence holds it',
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, { role }, sql, server) =>
        sql.roles.some(({ name, superuser }) => name === role && superuser)
          ? [
              {
                level: 'warn',
                service,
                evidence: `role ${role} of ${nameOf(server)} is a superuser`,
                fix: `once it owns its database: alter role ${sqlIdent(role ?? '')} nosuperuser`,
              },
            ]
          : [],
      ),
  }),
  check({
    id: 'role-expired',
    title: 'no role of an app has expired',
    why: 'VALID UNTIL refuses the right password from that moment on',
    reads: ['shared', 'dedicated', 'apps', 'journals'],
    look: (facts) =>
      eachApp(facts, ({ service }, { role }, sql) =>
        sql.roles
          .filter(
            ({ name, validUntil }) =>
              name === role && validUntil !== null && Date.parse(validUntil) < facts.now.getTime(),
          )
          .map(({ name, validUntil }) => ({
            level: 'fail',
            service,
            evidence: `role ${name} was valid until ${validUntil}`,
            fix: `alter role ${sqlIdent(name)} valid until 'infinity'`,
          })),
      ),
  }),
];

interface Facts {
  readonly shared: ServerLook;
  readonly dedicated: readonly ServerLook[];
  readonly apps: readonly AppLook[];
  readonly journals: readonly JournalLook[];
  readonly inventory: {
    readonly services: readonly {
      readonly name: string;
      readonly databases: readonly string[];
      readonly role: string | null;
    }[];
  };
}

interface WantedBy {
  readonly databases: readonly string[];
  readonly role: string | null;
}

/** Each app with what it asks for and the server that it should be on; one whose server did not answer is left out. */
function eachApp(
  { shared, dedicated, apps, journals, inventory }: Facts,
  look: (app: AppLook, wanted: WantedBy, sql: ServerSql, server: ServerLook) => readonly Found[],
): Looked {
  const placed = apps.map((app) => {
    const own = journals.find(({ service }) => service === app.service)?.own === true;
    return { app, server: own ? dedicated.find(({ service }) => service === app.service) : shared };
  });
  const silent = placed.filter(({ server }) => server === undefined || 'gap' in server.sql);
  const findings = placed.flatMap(({ app, server }) =>
    server !== undefined && 'value' in server.sql
      ? look(app, wantedBy(app, inventory.services), server.sql.value, server)
      : [],
  );
  if (findings.length > 0) return findings;
  if (silent.length === 0) return `${apps.length} apps`;
  return { unknown: `the server of ${silent.map(({ app }) => app.service).join(', ')} does not answer` };
}

/** What the inventory says counts, else what the app itself was told. */
const wantedBy = ({ service, environments }: AppLook, services: Facts['inventory']['services']): WantedBy => {
  const written = services.find(({ name }) => name === service);
  const told = [...new Set(environments.flatMap(({ databases }) => databases))];
  return {
    databases: (written?.databases.length ?? 0) > 0 ? (written?.databases ?? []) : told,
    role: written?.role ?? environments.find(({ role }) => role !== null)?.role ?? null,
  };
};
