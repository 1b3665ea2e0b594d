import { describe, expect, it } from 'vitest';
import { metricsText } from '../../src/ui/metrics-text.js';
import { metrics } from '../../src/usecases/metrics.js';
import { requireDocument } from '../support/json-documents.js';
import { attempt, backupWorld, catalog, receipt, set } from './backup-world.js';

const LINE = /^[a-z_]+\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\} -?\d+(?:\.\d+)?$/;

describe('metrics', () => {
  it('say of every catalog when, how big, how long and how it ended', async () => {
    const world = backupWorld();
    const drills = [
      { at: '2026-11-20T04:00:00Z', status: 'ok' },
      { at: '2026-11-27T04:00:00Z', status: 'failed' },
    ];
    world.put('speedtest', catalog([set(27), set(28, { receipts: [receipt(set(28).id)] })], { drills }));
    const document = await metrics(world.deps);
    const lines = metricsText(document.families).trimEnd().split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE dbctl_backup_last_success_timestamp_seconds gauge',
        'dbctl_backup_last_success_timestamp_seconds{service="speedtest"} 1795833004',
        'dbctl_backup_size_bytes{service="speedtest"} 3128000',
        'dbctl_backup_duration_seconds{service="speedtest"} 4.2',
        'dbctl_backup_last_attempt_status{service="speedtest"} 0',
        'dbctl_backup_max_age_seconds{service="speedtest"} 93600',
        'dbctl_offsite_last_success_timestamp_seconds{service="speedtest",target="b2"} 1795746660',
        'dbctl_drill_last_success_timestamp_seconds{service="speedtest"} 1795147200',
        'dbctl_backup_catalog_up{service="postgresql"} 0',
      ]),
    );
    expect(lines.filter((line) => !line.startsWith('#') && !LINE.test(line))).toEqual([]);
    requireDocument(JSON.parse(JSON.stringify(document)));
  });

  it('show a failure, and leave out what is not known', async () => {
    const world = backupWorld({ sharedJob: false });
    world.put('speedtest', catalog([], { attempts: [attempt({ status: 'failed' })], problem: 'x' }));
    const text = metricsText((await metrics(world.deps)).families);
    expect(text).toContain('dbctl_backup_last_attempt_status{service="speedtest"} 2\n');
    expect(text).toContain('dbctl_backup_problem{service="speedtest"} 1\n');
    expect(text).not.toContain('dbctl_backup_size_bytes');
  });

  it('escape what a name may hold', () => {
    const samples = [{ labels: { service: 'a"b\\c\nd' }, value: 1 }];
    const text = metricsText([{ name: 'x', help: 'one\ntwo', samples }]);
    expect(text).toBe('# HELP x one\\ntwo\n# TYPE x gauge\nx{service="a\\"b\\\\c\\nd"} 1\n');
  });
});
