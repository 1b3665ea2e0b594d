import { describe, expect, it } from 'vitest';
import type { FleetReport, FleetRow } from '../../src/report/fleet-report.js';
import { fleetText } from '../../src/ui/fleet-text.js';
import { ASCII, PLAIN } from './fixtures.js';

const row = (service: string, more: Partial<FleetRow> = {}): FleetRow => ({
  service,
  status: 'ok',
  seconds: 8.2,
  downtimeSeconds: 3.4,
  rows: 52_110,
  bytes: 18_500_000,
  run: '20261120-211530-ab12',
  ...more,
});

const report = (rows: readonly FleetRow[], more: Partial<FleetReport> = {}): FleetReport => ({
  schema: 'dbctl.fleet/1',
  verb: 'migrate',
  status: 'ok',
  seconds: 61,
  rows,
  reports: [],
  ...more,
});

describe('the table of a run over all services', () => {
  it('has one line per service, with downtime and rows, and the way back', () => {
    const text = fleetText(
      report([
        row('speedtest'),
        row('grafana', { status: 'nothing-to-do', seconds: 0, downtimeSeconds: null, rows: null }),
      ]),
      PLAIN,
    );
    expect(text).toContain('1 service of 2 moved, 1 needed nothing   took 1m 1s');
    expect(text).toMatch(/speedtest +moved +8\.2s +3\.4s +52 110 +18\.5 MB/);
    expect(text).toMatch(/grafana +nothing to do/);
    expect(text).toContain('dbctl rollback <service>');
  });

  it('shows what failed, what was not begun, and how to go on', () => {
    const error = { code: 'RUN_LOCKED', message: 'another run holds it', details: [], exitCode: 6 };
    const rows = [row('a', { status: 'failed', error }), row('b\u001b[2J', { status: 'waiting', seconds: 0 })];
    const text = fleetText(report(rows, { status: 'failed' }), ASCII);
    expect(text).toContain('[RUN_LOCKED]');
    expect(text).toContain('b\\u001b[2J');
    expect(text).toContain('not begun');
    expect(text).toContain('dbctl migrate --all   (or --keep-going)');
  });
});
