import { beforeEach, describe, expect, it } from 'vitest';
import { DbctlError } from '../../../src/errors/dbctl-error.js';
import type { DoctorCheck } from '../../../src/report/doctor-report.js';
import { doctorGroupText, doctorHeadText, doctorSummaryText } from '../../../src/ui/doctor-text.js';
import type { DoctorDeps } from '../../../src/usecases/doctor/deps.js';
import { type DoctorInput, doctor } from '../../../src/usecases/doctor/doctor.js';
import { requireDocument } from '../../support/json-documents.js';
import { type BackupWorld, backupWorld, catalog, set } from '../backup-world.js';

const SERVERS = [
  { name: 'nomad', address: 'http://127.0.0.1:4646', from: 'NOMAD_ADDR', token: null },
  { name: 'vault', address: 'https://vault.home:8200', from: 'default', token: '~/.vault-token' },
] as const;

let world: BackupWorld;
let deps: DoctorDeps;
beforeEach(() => {
  world = backupWorld();
  deps = { ...world.deps, servers: SERVERS, address: 'http://127.0.0.1:4646', access: () => Promise.resolve() };
});

const look = async (more: Partial<DoctorInput> = {}) => {
  const done: DoctorCheck[] = [];
  const base = { names: [], only: [], skip: [], strict: false, confirm: null };
  const report = await doctor(deps, { ...base, ...more, done: (check) => void done.push(check) });
  requireDocument(JSON.parse(JSON.stringify(report)));
  return { report, done, of: (id: string) => report.checks.find((check) => check.id === id) };
};

describe('doctor on a cluster', () => {
  it('tells a Nomad that does not answer as a finding, and nothing that only follows from it', async () => {
    const down = new DbctlError('NOMAD_UNAVAILABLE', 'Nomad does not answer', { next: 'nomad server members' });
    deps = { ...deps, access: () => Promise.reject(down) };
    const { report, of } = await look({ names: ['nomad', 'backups'] });
    expect(report).toMatchObject({ status: 'fail', exitCode: 4 });
    expect(of('nomad-reachable')?.findings).toMatchObject([{ level: 'fail', fix: 'nomad server members' }]);
    expect(of('backup-late')).toMatchObject({ status: 'skipped' });
    const style = { colour: false, unicode: false, columns: 100 };
    const backups = report.checks.filter(({ group }) => group === 'backups');
    expect(doctorGroupText('backups', backups, false, style)).toBe(
      '[skip]  backups    11 checks skipped: needs nomad-token',
    );
    expect(doctorGroupText('backups', backups, true, style).split('\n')).toHaveLength(12);
  });

  it('tells a sealed Vault, and skips the secrets', async () => {
    (world.deps.vault as { mood?: string }).mood = 'sealed';
    const { of } = await look({ names: ['vault', 'secrets'] });
    expect(of('vault-sealed')).toMatchObject({ status: 'fail' });
    expect(of('secret-mismatch')).toMatchObject({ status: 'skipped' });
  });

  it('finds a late backup and makes one when it is told to', async () => {
    world.put('speedtest', catalog([set(20)]));
    const asked: string[][] = [];
    const confirm = async (repairs: readonly string[]) => void asked.push([...repairs]);
    const { report, of } = await look({ only: ['backup-late'], names: ['speedtest'], confirm });
    expect(asked).toEqual([['make a backup of speedtest now']]);
    expect(report.repairs).toMatchObject([{ check: 'backup-late', repair: { kind: 'backup', service: 'speedtest' } }]);
    expect(of('backup-late')?.findings[0]?.fix).toBe('dbctl backup speedtest');
  });

  it('changes nothing when the operator declines', async () => {
    world.put('speedtest', catalog([set(20)]));
    const confirm = () => Promise.reject(new DbctlError('CONFIRMATION_DECLINED', 'not confirmed'));
    await expect(look({ only: ['backup-late'], names: ['speedtest'], confirm })).rejects.toMatchObject({
      code: 'CONFIRMATION_DECLINED',
    });
    expect(world.steps).toEqual([]);
  });

  it('counts warnings with --strict only', async () => {
    world.put('speedtest', catalog([set(28)], { problem: 'the programs are missing' }));
    const wanted = { only: ['backup-schedule'], names: ['speedtest'] };
    expect((await look(wanted)).report).toMatchObject({ status: 'warn', exitCode: 0 });
    expect((await look({ ...wanted, strict: true })).report).toMatchObject({ status: 'warn', exitCode: 2 });
  });

  it('says which servers are asked, and where their addresses and tokens came from', async () => {
    const { report } = await look({ only: ['nomad-reachable'] });
    const style = { colour: false, unicode: false, columns: 100 };
    expect(doctorHeadText('/home/me/dbctl.yaml', report.servers, style)).toBe(
      [
        'inventory  /home/me/dbctl.yaml',
        'nomad      http://127.0.0.1:4646 (NOMAD_ADDR), no token',
        'vault      https://vault.home:8200 (default), token of ~/.vault-token',
      ].join('\n'),
    );
  });

  it('tells each check once, as it is done, and draws what is not well', async () => {
    world.put('speedtest', catalog([set(20)]));
    const { report, done } = await look({ only: ['backup-late'], names: ['speedtest'] });
    expect(done.map(({ id }) => id).toSorted()).toEqual(report.checks.map(({ id }) => id).toSorted());
    const style = { colour: false, unicode: false, columns: 100 };
    const text = doctorGroupText(
      'backups',
      report.checks.filter(({ group }) => group === 'backups'),
      false,
      style,
    );
    expect(text).toContain('[fail]  backups');
    expect(text).toContain('fix: dbctl backup speedtest');
    expect(text).toContain('why: everything since then would be lost');
    expect(doctorSummaryText(report, style)).toMatch(/1 fail.* exit 4\nSome of it .*--fix/s);
  });
});
