import { describe, expect, it } from 'vitest';
import { renderSharedBackupJob, type SharedBackup } from '../../src/render/shared-backup-job.js';
import { expectGolden } from './golden.js';

const base: SharedBackup = {
  jobId: 'dbctl-backup-postgresql',
  namespace: 'default',
  datacenters: ['dc1'],
  nodeId: '5f2b',
  server: {
    job: 'postgresql',
    registered: { with: 'nomad', service: 'postgresql' },
    address: '10.88.0.1',
    port: 5432,
    user: 'postgres',
  },
  driver: 'exec',
  image: undefined,
  major: 15,
  backupVolume: { label: 'db_backups', kind: 'dynamic', source: 'db-backups' },
  vault: { path: 'secret/data/postgres/admin', key: 'password', role: 'dbctl' },
  resources: { cpu: 100, memory: 128 },
  settings: { SHARED: '1', SERVICE: 'postgresql', PROGRAMS: '0123456789ab', SCHEDULE: '30 2 * * *', ZONE: 'UTC' },
  elsewhere: { offsite: [], recipients: [], tools: '0123456789ab', notify: [] },
};

const docker: SharedBackup = {
  ...base,
  nodeId: undefined,
  server: { ...base.server, registered: { with: 'consul', service: 'it`s "x"' }, user: 'ad:min' },
  driver: 'docker',
  image: 'postgres:16-alpine',
  major: 16,
  backupVolume: { label: 'db_backups', kind: 'csi', source: 'db-backups' },
  elsewhere: {
    offsite: [{ name: 'b2', options: { type: 'b2' }, remotePath: 'bucket/db', prune: true }],
    recipients: ['age1x'],
    tools: '0123456789ab',
    notify: [{ kind: 'ntfy', on: ['failure'] }],
  },
};

describe('the job that backs up the shared instance', () => {
  it('has the toolbox alone, with its programs named by their sum, with and without an image', () => {
    expectGolden('shared-backup-exec.nomad.hcl', renderSharedBackupJob(base));
    expectGolden('shared-backup-docker-csi.nomad.hcl', renderSharedBackupJob(docker));
  });

  it('holds no secret, but where Vault has it', () => {
    const text = renderSharedBackupJob(base);
    expect(text).toContain('with secret \\"secret/data/postgres/admin\\"');
    expect(text).toContain('role = "dbctl"');
    expect(text.match(/change_mode = "noop"/g)).toHaveLength(4);
  });

  it('takes the address as it was seen where no catalogue knows the server', () => {
    const text = renderSharedBackupJob({ ...base, server: { ...base.server, registered: null } });
    expect(text).toContain("PGHOST='10.88.0.1'");
    expect(text).not.toContain('nomadService');
  });

  it('refuses a driver that cannot mount the volume', () => {
    expect(() => renderSharedBackupJob({ ...base, driver: 'raw_exec' })).toThrow(/raw_exec/);
  });
});
