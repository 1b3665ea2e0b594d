import type { NomadTask } from '../../ports/nomad.js';
import { type Check, checksOf, type Found, found } from './check.js';
import type { SecretLook } from './facts.js';
import { jobsOf } from './jobs-of.js';

const check = checksOf('secrets', ['vault-token', 'nomad-token']);

const toCommand = (path: string): string => path.replace('/data/', '/');
const writeIt = ({ path, key }: SecretLook, verb: 'put' | 'patch'): string =>
  `read -rs P, type the password that the app uses now, then: printf %s "$P" | vault kv ${verb} ${toCommand(path)} ${key}=-`;

const PASSWORD_KEY = /(?:PASSWORD|PASSWD|_PASS)$/i;

/** What Vault has. Whoever waits for it is told later. */
export const VALUES_CHECKS: readonly Check[] = [
  check({
    id: 'secret-unreadable',
    title: "every service's secret can be read",
    why: 'what cannot be read is not absent: nothing is written over it',
    reads: ['secrets'],
    look: ({ secrets }) =>
      found(
        secrets.flatMap(({ service, problem }): Found[] =>
          problem === null ? [] : [{ level: 'fail', service, evidence: problem.text, fix: problem.next }],
        ),
        `${secrets.length} secrets`,
      ),
  }),
  check({
    id: 'secret-missing',
    title: 'every service has a secret',
    why: 'its tasks cannot start again; a new password over old data would lock the app out',
    reads: ['secrets'],
    look: ({ secrets }) =>
      found(
        secrets
          .filter(({ state, problem }) => state === 'absent' && problem === null)
          .map((secret) => ({
            level: 'fail',
            service: secret.service,
            evidence: `Vault has no secret at ${secret.path}`,
            fix: writeIt(secret, 'put'),
          })),
        'all have',
      ),
  }),
  check({
    id: 'secret-deleted',
    title: "no secret's newest version is deleted",
    why: 'templates read the newest one: the next restart finds nothing',
    reads: ['secrets'],
    look: ({ secrets }) =>
      found(
        secrets
          .filter(({ state }) => state === 'deleted')
          .map(({ service, path }) => ({
            level: 'fail',
            service,
            evidence: `the newest version of ${path} is deleted`,
            fix: `vault kv undelete -versions="$(vault read -field=current_version ${path.replace('/data/', '/metadata/')})" ${toCommand(path)}`,
          })),
        'none is',
      ),
  }),
  check({
    id: 'secret-key-missing',
    title: 'each has the key that tasks read',
    why: 'a template renders "<no value>" for a key that is not there',
    reads: ['secrets'],
    look: ({ secrets }) =>
      found(
        secrets
          .filter(({ state, problem, keys, key }) => state === 'there' && problem === null && !keys.includes(key))
          .map((secret) => ({
            level: 'fail',
            service: secret.service,
            evidence: `${secret.path} has no key ${secret.key}, only ${secret.keys.join(', ') || 'none'}`,
            fix: `set vault: { key: ${secret.keys[0] ?? 'password'} } of the service, or: ${writeIt(secret, 'patch')}`,
          })),
        'each has',
      ),
  }),
  check({
    id: 'secret-flawed',
    title: 'no password is empty or has a line break',
    why: 'no line of settings can hold it: the app reads half of it',
    reads: ['secrets'],
    look: ({ secrets }) =>
      found(
        secrets
          .filter(({ flaw }) => flaw !== null)
          .map((secret) => ({
            level: 'fail',
            service: secret.service,
            evidence: `${secret.key} at ${secret.path} ${secret.flaw === 'empty' ? 'is empty' : 'contains a line break, often from a file or an echo'}`,
            fix: writeIt(secret, 'patch'),
          })),
        'none has',
      ),
  }),
];

export const SECRETS_CHECKS: readonly Check[] = [
  check({
    id: 'secret-mismatch',
    title: "Vault's password is the one that the role has",
    why: 'what runs goes on with the old one; the next restart is refused',
    needs: ['vault-token', 'nomad-token', 'secret-missing'],
    reads: ['secrets', 'journals'],
    look: ({ secrets, journals, inventory }) => {
      const own = new Set(journals.filter((one) => one.own).map(({ service }) => service));
      const compared = secrets.filter(({ fits }) => fits !== null).length;
      return found(
        secrets
          .filter(({ fits }) => fits === false)
          .map((secret) => ({
            level: 'fail',
            service: secret.service,
            evidence: `the password at ${secret.path}, version ${secret.version}, does not fit the verifier of role ${secret.role}`,
            fix: `the role is right: ${writeIt(secret, 'patch')}; Vault is right: nomad job restart -on-error=fail -reschedule ${own.has(secret.service) ? '<the job of its database>' : inventory.shared.job}, whose init task sets it`,
          })),
        `${compared} of ${secrets.length} compared`,
      );
    },
  }),
  check({
    id: 'secret-task-stale',
    title: 'running tasks were given the password of now',
    why: 'Vault does not tell tasks of a change: they fail at the next connection, when the role has changed already',
    needs: ['vault-token', 'nomad-token', 'secret-missing'],
    reads: ['apps'],
    look: ({ apps, inventory }) => {
      const all = apps.flatMap(({ service, passwords }) => passwords.map((one) => ({ service, ...one })));
      return found(
        all
          .filter(({ current }) => current === false)
          .map(({ service, task }) => ({
            level: 'warn',
            service,
            evidence: `task ${task} runs with another password than Vault has now`,
            // In place, a task is started with what was rendered before.
            fix: `when secret-mismatch is well: nomad job restart -on-error=fail -reschedule ${inventory.services.find(({ name }) => name === service)?.job ?? service}`,
          })),
        `${all.filter(({ current }) => current !== null).length} of ${all.length} tasks compared`,
      );
    },
  }),
  check({
    id: 'secret-shared',
    title: 'no two services share a secret',
    why: 'a rotation for one locks the other out',
    reads: ['secrets'],
    look: ({ secrets }) =>
      found(
        secrets
          .filter((one, at) => secrets.findIndex(({ path, key }) => path === one.path && key === one.key) !== at)
          .map(({ service, path }) => ({
            level: 'warn',
            service,
            evidence: `${path} is also the secret of ${secrets.find((one) => one.path === path)?.service ?? ''}`,
            fix: `give it one of its own: services.${service}.vault.path`,
          })),
        'none do',
      ),
  }),
  check({
    id: 'role-md5',
    title: 'passwords are kept as SCRAM',
    why: 'a server of its own asks for SCRAM: an md5 verifier is refused there',
    needs: ['nomad-token', 'shared-answers'],
    reads: ['shared', 'secrets'],
    look: ({ shared, secrets }) => {
      const roles = 'value' in shared.sql ? shared.sql.value.roles : [];
      return found(
        secrets
          .filter(({ role }) => roles.some(({ name, verifier }) => name === role && verifier === 'md5'))
          .map(({ service, role }) => ({
            level: 'warn',
            service,
            evidence: `role ${role} of the shared instance has an md5 verifier`,
            fix: `set password_encryption = 'scram-sha-256', then \\password ${role} with the same password`,
          })),
        'they are',
      );
    },
  }),
  check({
    id: 'password-in-jobspec',
    title: 'no jobspec holds a password',
    why: 'everybody who may read the job, its history or the repository has it',
    needs: ['nomad-token'],
    reads: ['cluster'],
    look: ({ cluster: { jobs }, inventory }) =>
      found(
        jobsOf(inventory, jobs).flatMap(({ job, service }) =>
          job.TaskGroups.flatMap(({ Tasks }) => Tasks).flatMap((task) =>
            plainPasswords(task).map((key) => ({
              level: 'warn' as const,
              service,
              evidence: `job ${job.ID}, task ${task.Name}: ${key} is written out`,
              fix: `write it to Vault, and ${key}={{ with secret "…" }}{{ .Data.data.password }}{{ end }} in a template with destination secrets/`,
            })),
          ),
        ),
        'none does',
      ),
  }),
  check({
    id: 'password-in-local',
    title: 'passwords are rendered below secrets/',
    why: 'local/ and alloc/ can be read with nomad alloc fs by everybody who may read the job',
    needs: ['nomad-token'],
    reads: ['cluster'],
    look: ({ cluster: { jobs }, inventory }) =>
      found(
        jobsOf(inventory, jobs).flatMap(({ job, service }) =>
          job.TaskGroups.flatMap(({ Tasks }) => Tasks).flatMap(({ Name, Templates }) =>
            (Templates ?? [])
              .filter(
                ({ EmbeddedTmpl, DestPath }) => /\bsecret\s+["`]/.test(EmbeddedTmpl ?? '') && isOpen(DestPath ?? ''),
              )
              .map(({ DestPath }) => ({
                level: 'warn' as const,
                service,
                evidence: `job ${job.ID}, task ${Name}: a template with a secret goes to ${DestPath}`,
                fix: 'destination = "secrets/…", and the same path in the command that reads it',
              })),
          ),
        ),
        'they are',
      ),
  }),
];

/** Keys whose value is text, neither a lookup nor the name of a file. */
const plainPasswords = (task: NomadTask): string[] =>
  Object.entries(task.Env ?? {})
    .filter(([key, value]) => PASSWORD_KEY.test(key) && value !== '' && !/[{$/]/.test(value))
    .map(([key]) => key);

const isOpen = (path: string): boolean => !/^(?:\/|\.\/)?(?:secrets\/|\$\{NOMAD_SECRETS_DIR\})/.test(path);
