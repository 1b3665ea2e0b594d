import { describe, expect, it } from 'vitest';
import { loadHcl } from '../../src/render/index.js';
import type { AdoptedFile } from '../../src/report/adopt-report.js';
import { adopt } from '../../src/usecases/adopt.js';

const hcl = await loadHcl();

async function judged(text: string): Promise<AdoptedFile | undefined> {
  const files = {
    read: () => Promise.resolve(text),
    write: () => Promise.reject(new Error('nothing is written here')),
  };
  const deps = { files, hcl: () => Promise.resolve(hcl), inventory: undefined };
  const { report } = await adopt(deps, {
    ...{ paths: ['x.nomad.hcl'], from: [], image: null, driver: null, app: null, keys: [], databases: [], role: null },
  });
  return report.files[0];
}

const job = (task: string): string => `job "x" {
  group "x" {
    network {
      mode = "host"
    }
    task "x" {
      driver = "exec"
${task}
    }
  }
}
`;

const template = (lines: string): string =>
  job(`      config {
        command = "/opt/x"
      }
      template {
        destination = "secrets/x.env"
        env         = true
        data        = <<EOF
${lines}
EOF
      }`);

describe('a connection string that the file only fetches, of an app that nobody knows', () => {
  it.each([
    ['DATABASE_URL={{ with secret "secret/data/x" }}{{ .Data.data.url }}{{ end }}', 'Vault secret/data/x'],
    ['X_DB_DSN={{ key "x/dsn" }}', 'Consul KV x/dsn'],
    ['PG_URI="{{ with nomadVar "nomad/jobs/x" }}{{ .uri }}{{ end }}"', 'Nomad Variable nomad/jobs/x'],
  ])('%s has to change where it comes from', async (line, origin) => {
    const file = await judged(template(`A=b\n${line}`));
    expect([file?.verdict, file?.left.map(({ line: at }) => at)]).toEqual(['instructions', [16]]);
    expect(file?.why).toContain(origin);
  });

  it.each([
    ['REDIS_URL={{ key "x/redis" }}', 'no-database'],
    ['MYSQL_URL={{ key "x/mysql" }}', 'other-engine'],
    ['SITE_URL={{ key "x/site" }}', 'no-database'],
    ['DATABASE_PASSWORD={{ key "x/password" }}', 'no-database'],
  ])('%s is none: %s', async (line, verdict) => {
    expect((await judged(template(line)))?.verdict).toBe(verdict);
  });
});

describe('a server without an image', () => {
  const started = (command: string, args: string): string =>
    job(`      config {\n        command = "${command}"\n        args    = ${args}\n      }`);

  it.each([
    ['/usr/lib/postgresql/15/bin/postgres', '["-D", "/data"]'],
    ['/opt/entrypoint', '["postgres", "-c", "fsync=on"]'],
  ])('%s %s is one', async (command, args) => {
    const file = await judged(started(command, args));
    expect([file?.verdict, file?.why]).toEqual(['already-dedicated', 'task x runs PostgreSQL, database postgres']);
  });

  it.each([
    ['/usr/bin/pg_dump', '["postgres", "-f", "/out"]'],
    ['/opt/report', '["--user", "postgres"]'],
    ['/bin/sh', '["-c", "until pg_isready; do sleep 1; done; exec app postgres -v"]'],
  ])('%s %s is none', async (command, args) => {
    expect((await judged(started(command, args)))?.found?.servers).toEqual([]);
  });
});
