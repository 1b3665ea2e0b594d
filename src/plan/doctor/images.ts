import type { NomadTask } from '../../ports/nomad.js';
import { majorOf, tagMajor } from '../image.js';
import { type Check, checksOf, type Found, found } from './check.js';
import { eachFiles } from './each-files.js';
import { eachServer, nameOf } from './each-server.js';
import { jobsOf } from './jobs-of.js';

const check = checksOf('images', ['nomad-token']);

export const IMAGES_CHECKS: readonly Check[] = [
  check({
    id: 'image-unpinned',
    title: "servers' images name their major",
    why: '`latest` is another major one day, and the server does not start any more',
    reads: ['cluster'],
    look: ({ cluster: { jobs }, inventory }) =>
      found(
        servers(inventory, jobs).flatMap(({ job, service, task }): Found[] => {
          const image = String(task.Config?.['image'] ?? '');
          return image === '' ||
            image.includes('@sha256:') ||
            tagMajor(image) !== undefined ||
            !/:latest$|^[^:]*$/.test(image)
            ? []
            : [
                {
                  level: 'warn',
                  service,
                  evidence: `job ${job}, task ${task.Name} runs ${image}`,
                  fix: `name the major: ${image.replace(/:latest$/, '')}:<major>`,
                },
              ];
        }),
        'they do',
      ),
  }),
  check({
    id: 'image-libc',
    title: 'indexes are read in the order that they were written in',
    why: 'musl and glibc sort text differently: rows are there and are not found, unique keys are doubled',
    reads: ['shared', 'dedicated'],
    look: (facts) =>
      eachFiles(facts, (server, { libc, madeUnder }) =>
        libc === null || madeUnder === null || libc === madeUnder
          ? []
          : [
              {
                level: 'fail',
                evidence: `${nameOf(server)}: its volume was made under ${madeUnder}, its image has ${libc}`,
                fix: 'put the image of before back, then move to the new one with dbctl: the import builds every index anew',
              },
            ],
      ),
  }),
  check({
    id: 'collation-changed',
    title: 'collations are those that the indexes were built with',
    why: 'a new C library or ICU sorts text differently: text indexes may miss rows',
    reads: ['shared', 'dedicated'],
    look: ({ shared, dedicated }) =>
      eachServer([shared, ...dedicated], (server, { databases }) =>
        databases
          .filter(({ collation: { recorded, actual } }) => recorded !== null && actual !== null && recorded !== actual)
          .map(({ name, collation }) => ({
            level: 'warn',
            evidence: `${nameOf(server)}: ${name} was built with ${collation.recorded}, the server has ${collation.actual}`,
            fix: `in ${name}: reindex database; then alter database ${name} refresh collation version`,
          })),
      ),
  }),
  check({
    id: 'client-major',
    title: 'pg_dump beside the server is not older than it',
    why: 'an older pg_dump refuses a newer server: every backup fails',
    reads: ['shared', 'dedicated'],
    look: (facts) =>
      eachFiles(facts, (server, { dumpMajor, serverMajor }) =>
        dumpMajor === null || serverMajor === null || dumpMajor >= serverMajor
          ? []
          : [
              {
                level: 'fail',
                evidence: `${nameOf(server)}: pg_dump ${dumpMajor}, server ${serverMajor}`,
                fix: 'use one image for both tasks',
              },
            ],
      ),
  }),
  check({
    id: 'image-differs',
    title: 'what runs is the major that the inventory says',
    why: 'the next move or restore would use another one than the data has',
    reads: ['dedicated'],
    look: ({ dedicated, inventory }) =>
      found(
        dedicated.flatMap(({ service, sql }): Found[] => {
          const wanted = inventory.services.find(({ name }) => name === service);
          const major = wanted?.major ?? (wanted === undefined ? undefined : tagMajor(wanted.image));
          const running = 'value' in sql ? majorOf(sql.value.version) : undefined;
          return major === undefined || running === undefined || major === running
            ? []
            : [
                {
                  level: 'warn',
                  service,
                  evidence: `PostgreSQL ${running} runs, the inventory says ${major}`,
                  fix: `services.${service}.image and major: ${running}`,
                },
              ];
        }),
        'it is',
      ),
  }),
];

interface ServerTask {
  readonly job: string;
  readonly service: string | null;
  readonly task: NomadTask;
}

const servers = (inventory: Parameters<typeof jobsOf>[0], jobs: Parameters<typeof jobsOf>[1]): ServerTask[] =>
  jobsOf(inventory, jobs).flatMap(({ job, service }) =>
    job.TaskGroups.flatMap(({ Tasks }) => Tasks)
      .filter(({ Name }) => Name === 'postgres' || (service === null && Name === inventory.shared.task))
      .map((task) => ({ job: job.ID, service, task })),
  );
