import type { Kit } from './kit.js';
import { asks, piece, type WorldRow } from './world-row.js';

const HTTP_CHECK = `      check {
        type     = "http"
        path     = "/health"`;
const SECOND_CHECK = `      check {
        name     = "second"
        type     = "http"
        path     = "/nowhere"
        interval = "2s"
        timeout  = "2s"
      }

${HTTP_CHECK}`;
const INIT_SQL = 'destination = "secrets/init.sql"\n        change_mode = "noop"\n        data        = <<EOH\n';
const STATEMENT = 'select of_nothing;\n';
const HOST_LOOKUP = 'DB_HOST={{ range nomadService "postgresql" }}{{ .Address }}{{ end }}';

async function runEdited(kit: Kit, change: (text: string) => string, job = 'speedtest'): Promise<void> {
  await kit.jobspec(change, job);
  await kit.runFile(job);
}

/** The operator's file of before is what runs again. */
const asBefore = (job: 'speedtest' | 'postgresql') => (kit: Kit) => kit.fileBack(job);

const failsOnce = (text: string): string =>
  text
    .replace(INIT_SQL, `${INIT_SQL}${STATEMENT}`)
    .replace(
      'task "init-databases" {',
      'task "init-databases" {\n      restart {\n        attempts = 0\n        mode     = "fail"\n      }\n',
    );

export const RUNNING_ROWS: readonly WorldRow[] = [
  {
    id: 'allocation-running',
    broken: 'the app should run twice, on one port of one node',
    says: /group speedtest: 1 of 2 run/,
    by: 'by hand',
    breakIt: (kit) => runEdited(kit, (text) => text.replace('count = 1', 'count = 2')),
    mend: async (kit, { fix }) => {
      asks(await kit.shell(piece(fix, /^(nomad job status speedtest);/)), /reserved port collision|Placement Failure/i);
      await kit.fileBack('speedtest');
    },
    putBack: asBefore('speedtest'),
  },
  {
    id: 'task-restarts',
    broken: 'the app was killed three times',
    says: /task app was restarted \d times/,
    by: 'its command',
    breakIt: (kit) => kit.killTask('speedtest', 'app', 3),
    mend: async (kit, { fix }) => {
      await kit.shell(piece(fix, /^(nomad alloc logs -stderr \w+ app)/));
      await kit.shell(piece(fix, /(nomad alloc stop \w+)/));
    },
  },
  {
    id: 'checks-passing',
    broken: 'a check of the app asks for a page that is not there',
    says: /check "second" fails/,
    by: 'by hand',
    breakIt: (kit) => runEdited(kit, (text) => text.replace(HTTP_CHECK, SECOND_CHECK)),
    mend: async (kit, { fix }) => {
      await kit.shell(piece(fix, /^(nomad service info speedtest);/));
      await kit.fileBack('speedtest');
    },
    putBack: asBefore('speedtest'),
  },
  {
    id: 'address-stale',
    broken: 'the jobspec of the app names a fixed address',
    says: /task app is told 127\.0\.0\.1/,
    by: 'by hand',
    breakIt: (kit) => runEdited(kit, (text) => text.replace(HOST_LOOKUP, 'DB_HOST=127.0.0.1')),
    mend: async (kit, { fix }) => {
      asks(fix, /look the address up in a template \(range nomadService/);
      await kit.fileBack('speedtest');
    },
    putBack: asBefore('speedtest'),
  },
  {
    id: 'init-log',
    broken: 'a statement of the init task fails, and psql goes on',
    says: /task init-databases says: .*ERROR/,
    by: 'by hand',
    breakIt: (kit) =>
      runEdited(
        kit,
        (text) => text.replace(INIT_SQL, `${INIT_SQL}${STATEMENT}`).replace('ON_ERROR_STOP=1', 'ON_ERROR_STOP=0'),
        'postgresql',
      ),
    mend: async (kit, { fix }) => {
      asks(fix, /correct its script, then run the job again/);
      await kit.fileBack('postgresql');
    },
    putBack: asBefore('postgresql'),
  },
  {
    id: 'init-task',
    broken: 'a statement of the init task fails, and the allocation with it',
    says: /task init-databases failed/,
    by: 'by hand',
    breakIt: (kit) => runEdited(kit, failsOnce, 'postgresql'),
    mend: async (kit, { fix }) => {
      asks(await kit.shell(piece(fix, /^(nomad alloc logs -stderr \w+ init-databases);/)), /of_nothing/);
      await kit.fileBack('postgresql');
    },
    putBack: asBefore('postgresql'),
  },
  {
    id: 'shared-job',
    broken: 'the job of the shared instance was stopped',
    says: /no job postgresql runs/,
    by: 'its command',
    breakIt: async (kit) => kit.register({ ...(await kit.job('postgresql')), Stop: true }),
    mend: (kit, { fix }) => kit.shell(piece(fix, /^(nomad job run \S+);/)),
    putBack: asBefore('postgresql'),
  },
  {
    id: 'backup-unseen',
    broken: 'the job that backs up the shared instance was stopped',
    says: /nothing backs up the shared instance/,
    by: 'its command',
    breakIt: (kit) => kit.world.nomad('/v1/job/dbctl-backup-postgresql', { method: 'DELETE' }),
    mend: (kit, { fix }) => kit.shell(`${piece(fix, /^(dbctl backup deploy-shared)$/)} --yes`),
  },
];
