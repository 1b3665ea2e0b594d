import type { Kit } from './kit.js';
import { asks, piece, type WorldRow } from './world-row.js';

/** The job that a database of speedtest's own would have. It is scaled to none: its text alone is looked at. */
const OWN = 'speedtest-postgres';
const COPY = 'postgresql-copy';

interface Text {
  readonly job?: string;
  readonly name?: string;
  readonly group?: string;
  readonly driver?: string;
  readonly config?: string;
  readonly task?: string;
  readonly more?: string;
}

const jobspec = ({
  job = OWN,
  name = 'postgres',
  group = '',
  driver = 'exec',
  config = '',
  task = '',
  more = '',
}: Text): string =>
  `job "${job}" {
  group "db" {
    count = 0
    ${group}
    task "${name}" {
      driver = "${driver}"
      config {
        command = "/bin/sleep"
        ${config}
      }
      ${task}
    }
    ${more}
  }
}`;

const volume = (source: string, access: string): string => `volume "data" {
      type   = "host"
      source = "${source}"
      ${access}
    }`;
const MOUNT = `volume_mount {
        volume      = "data"
        destination = "/var/lib/postgresql/data"
      }`;
const ONE_WRITER = `access_mode     = "single-node-single-writer"
      attachment_mode = "file-system"`;

const template = (destination: string, vault: string): string => `${vault}
      template {
        destination = "${destination}"
        data        = "{{ with secret \\"secret/data/postgres/speedtest\\" }}{{ .Data.data.password }}{{ end }}"
      }`;

interface Spec {
  readonly id: string;
  readonly broken: string;
  readonly says: RegExp;
  readonly asked: RegExp;
  readonly bad: Text;
  readonly good: Text;
}

/** Registered as it should not be, then as the fix says. */
const spec = ({ id, broken, says, asked, bad, good }: Spec): WorldRow => ({
  ...{ id, broken, says },
  by: 'by hand',
  breakIt: (kit) => kit.run(jobspec(bad)),
  mend: async (kit, { fix }) => {
    asks(fix, asked);
    await kit.run(jobspec(good));
  },
  putBack: (kit) => kit.forget(OWN),
});

const HOST = 'network_mode = "host"';
const app = (config: string): string => `task "app" {
      driver = "docker"
      config {
        image = "app:1"
        ${config}
      }
    }`;
const dumper = (config: string): string => `task "dump" {
      driver = "docker"
      config {
        image   = "postgres:16"
        command = "pg_dumpall"
        args    = ["-h", "localhost"]
        ${config}
      }
    }`;

export const JOBSPEC_ROWS: readonly WorldRow[] = [
  spec({
    id: 'max-kill-timeout',
    broken: 'a server asks for more time to end than the client gives',
    says: /asks for 120 s, the client gives 90 s/,
    asked: /kill_timeout = "90s" in the job/,
    bad: { task: 'kill_timeout = "120s"' },
    good: { task: 'kill_timeout = "90s"' },
  }),
  spec({
    id: 'vault-block-missing',
    broken: 'a task reads a secret and says no vault {}',
    says: /reads a secret and has no vault block/,
    asked: /add vault \{\} to task "postgres"/,
    bad: { task: template('secrets/password', '') },
    good: { task: template('secrets/password', 'vault {}') },
  }),
  spec({
    id: 'image-unpinned',
    broken: 'the image of a server is called latest',
    says: /runs postgres:latest/,
    asked: /name the major: postgres:<major>/,
    bad: { driver: 'docker', config: 'image = "postgres:latest"' },
    good: { driver: 'docker', config: 'image = "postgres:16"' },
  }),
  spec({
    id: 'password-in-jobspec',
    broken: 'a jobspec holds a password',
    says: /POSTGRES_PASSWORD is written out/,
    asked: /POSTGRES_PASSWORD=\{\{ with secret/,
    bad: { task: 'env {\n        POSTGRES_PASSWORD = "hunter2"\n      }' },
    good: { task: template('secrets/db.env', 'vault {}') },
  }),
  spec({
    id: 'password-in-local',
    broken: 'a password is rendered below local/',
    says: /goes to local\/password/,
    asked: /destination = "secrets\/…"/,
    bad: { task: template('local/password', 'vault {}') },
    good: { task: template('secrets/password', 'vault {}') },
  }),
  spec({
    id: 'volume-exclusive',
    broken: 'a data volume is asked for without an access mode',
    says: /without an access mode/,
    asked: /access_mode = "single-node-single-writer"/,
    bad: { group: volume('speedtest_data', ''), task: MOUNT },
    good: { group: volume('speedtest_data', ONE_WRITER), task: MOUNT },
  }),
  spec({
    id: 'network-mode',
    broken: 'the server is a container of the host network, the app beside it has a network of its own',
    says: /app own/,
    asked: /give every task of the group the same network_mode/,
    bad: { driver: 'docker', config: `image = "postgres:16"\n        ${HOST}`, more: app('') },
    good: { driver: 'docker', config: `image = "postgres:16"\n        ${HOST}`, more: app(HOST) },
  }),
  spec({
    id: 'dump-task-network',
    broken: 'a dump task in a network of its own names localhost',
    says: /task dump dumps from localhost/,
    asked: /network_mode = "host" for that task/,
    // Beside a server of that group this would be a mix of networks in the first place.
    bad: { name: 'sleeper', more: dumper('') },
    good: { name: 'sleeper', more: dumper(HOST) },
  }),
  {
    id: 'volume-two-jobs',
    broken: "another job mounts the shared instance's data volume",
    says: /postgresql_data is mounted by job/,
    by: 'its command',
    breakIt: (kit) => kit.run(jobspec({ job: COPY, group: volume('postgresql_data', ONE_WRITER), task: MOUNT })),
    mend: (kit, { fix }) => kit.shell(piece(fix, /(nomad job stop postgresql-copy)/)),
    putBack: (kit) => kit.forget(COPY),
  },
  {
    id: 'volume-orphaned',
    broken: "a volume of a service's name is used by nobody",
    says: /speedtest_postgres_data .* is asked for by no job/,
    by: 'its command',
    breakIt: makeVolume,
    mend: (kit, { fix }) => kit.shell(piece(fix, /then: (nomad volume delete -type host \S+)$/)),
    putBack: async (kit) => {
      const all = await kit.world.nomad<{ ID: string; Name: string }[]>('/v1/volumes?type=host');
      for (const { ID } of all.filter(({ Name }) => Name === 'speedtest_postgres_data'))
        await kit.shell(`nomad volume delete -type host ${ID}`);
    },
  },
];

function makeVolume(kit: Kit): Promise<unknown> {
  return kit.put('/v1/volume/host/create', {
    Volume: {
      Name: 'speedtest_postgres_data',
      PluginID: 'mkdir',
      RequestedCapabilities: [{ AccessMode: 'single-node-single-writer', AttachmentMode: 'file-system' }],
    },
  });
}
