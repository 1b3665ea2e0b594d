import type { Kit } from './kit.js';
import { asks, piece, type WorldRow } from './world-row.js';

export const VARIABLE = '/v1/var/dbctl/services/speedtest';
const LOCK = 'dbctl/services/speedtest/lock';
const LEFT = 'dbctl-drill-speedtest-20261101-101500-abcd';

/** Adds a key to the service's line of the lab's inventory. */
export const withKey = (kit: Kit, key: string): Promise<void> =>
  kit.inventory((text) => text.replace('{ priority: high,', `{ priority: high, ${key},`));
const asItWas = async (kit: Kit): Promise<void> => kit.inventoryBack();

const drop = (kit: Kit): Promise<unknown> => fetch(`${kit.world.lab.nomadAddr}${VARIABLE}`, { method: 'DELETE' });

const SLEEPER = `job "${LEFT}" {
  type = "batch"
  group "drill" {
    task "drill" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["600"]
      }
      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}`;

export const INVENTORY_ROWS: readonly WorldRow[] = [
  {
    id: 'job-unknown',
    broken: 'the inventory names a job that nobody runs',
    says: /no job speedtests runs/,
    by: 'by hand',
    breakIt: (kit) => withKey(kit, 'job: speedtests'),
    mend: async (kit, { fix }) => {
      asks(fix, /correct services\.speedtest\.job/);
      await asItWas(kit);
    },
  },
  {
    id: 'jobspec-unusable',
    broken: 'the inventory names a jobspec that is not there',
    says: /does not exist/,
    by: 'by hand',
    breakIt: (kit) => kit.inventory((text) => text.replace('jobs/src/speedtest.nomad.hcl', 'jobs/speedtest.hcl')),
    mend: async (kit, { fix }) => {
      asks(fix, /correct services\.speedtest\.jobspec/);
      await asItWas(kit);
    },
  },
  {
    id: 'jobspec-drift',
    broken: 'somebody changed the running job, not its file',
    says: /speedtest\.nomad\.hcl and job speedtest differ/,
    by: 'its command',
    breakIt: async (kit) => {
      const job = await kit.job('speedtest');
      const [group] = job['TaskGroups'] as { Update: object }[];
      if (group) group.Update = { ...group.Update, HealthyDeadline: 150_000_000_000 };
      await kit.register(job);
    },
    mend: async (kit, { fix }) => {
      // Exit code 1 of a plan says that there is something to do.
      await kit.shell(`${piece(fix, /^(nomad job plan \S+);/)} || [ $? -eq 1 ]`);
      await kit.shell(piece(fix, /then (nomad job run \S+),/));
    },
    putBack: (kit) => kit.run(kit.texts.speedtest),
  },
  {
    id: 'journal-unreadable',
    broken: 'the record of the service is of a later dbctl',
    says: /cannot be read/,
    by: 'by hand',
    breakIt: (kit) => kit.put(VARIABLE, { Items: { journal: '{"schema":"dbctl.journal/9"}' } }),
    mend: async (kit, { fix }) => {
      const said = await kit.shell(piece(fix, /^(nomad var get \S+);/));
      asks(said, /dbctl\.journal\/9/);
      await drop(kit);
    },
    putBack: drop,
  },
  {
    id: 'lock-held',
    broken: 'a dbctl that did nothing yet was killed while it held the lock',
    says: /its lock is held/,
    by: 'by hand',
    breakIt: (kit) => kit.put(`${VARIABLE}/lock?lock-acquire`, { Path: LOCK, Lock: { TTL: '10s', LockDelay: '1s' } }),
    mend: async (_, { fix }) => asks(fix, /look again in a minute/),
  },
  {
    id: 'leftover-job',
    broken: 'a drill of seven hours ago left its job behind',
    says: new RegExp(LEFT),
    by: '--fix',
    breakIt: async (kit) => {
      await kit.run(SLEEPER);
      kit.lookLater(7);
    },
    mend: async (kit) => {
      await kit.fix('leftover-job');
      kit.eyes = kit.world;
    },
    putBack: (kit) => kit.forget(LEFT),
  },
  {
    id: 'shared-running',
    broken: 'the inventory names a task that the shared job does not have',
    says: /has no task server/,
    by: 'by hand',
    breakIt: (kit) => kit.inventory((text) => text.replace('  task: postgres\n', '  task: server\n')),
    mend: async (kit, { fix }) => {
      asks(fix, /set shared\.task to one of: .*\bpostgres\b/);
      await asItWas(kit);
    },
  },
  {
    id: 'shared-registered',
    broken: 'the inventory names a service that nobody registers',
    says: /no instance of service database/,
    by: 'by hand',
    breakIt: (kit) => kit.inventory((text) => text.replace('  service: postgresql\n', '  service: database\n')),
    mend: async (kit, { fix }) => {
      asks(fix, /set shared\.service to the name that it has/);
      await asItWas(kit);
    },
  },
  {
    id: 'database-missing',
    broken: 'the inventory names a second database, which nobody made',
    says: /has no database speedtest_logs/,
    by: 'by hand',
    breakIt: (kit) => withKey(kit, 'databases: [speedtest, speedtest_logs]'),
    mend: async (kit, { fix }) => {
      asks(fix, /services\.speedtest\.databases/);
      await asItWas(kit);
    },
  },
  {
    id: 'port-clash',
    broken: "the inventory gives the service the shared instance's port",
    says: /is also that of/,
    by: 'by hand',
    breakIt: async (kit) => {
      const [row] = await kit.sql<{ port: string }>("select current_setting('port') as port");
      await withKey(kit, `port: ${row?.port ?? ''}`);
    },
    mend: async (kit, { fix }) => {
      asks(fix, /services\.speedtest\.port/);
      await asItWas(kit);
    },
  },
  {
    id: 'clock-skew',
    broken: "this machine's clock is an hour ahead",
    says: /3[56]\d\d s behind/,
    by: 'by hand',
    breakIt: async (kit) => kit.lookLater(1),
    mend: async (kit, { fix }) => {
      asks(fix, /timedatectl/);
      kit.eyes = kit.world;
    },
  },
];
