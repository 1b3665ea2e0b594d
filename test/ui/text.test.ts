import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../src/plan/build-plan.js';
import type { RunEvent } from '../../src/ports/reporter.js';
import { barText } from '../../src/ui/downtime-chart.js';
import { errorText } from '../../src/ui/error-text.js';
import { evidenceText } from '../../src/ui/evidence-text.js';
import { linesReporter } from '../../src/ui/lines.js';
import { planText } from '../../src/ui/plan-text.js';
import { confirmService } from '../../src/ui/prompt.js';
import { reportText } from '../../src/ui/report-text.js';
import { reporterFor } from '../../src/ui/reporter-for.js';
import { styleFrom } from '../../src/ui/style.js';
import { amount } from '../../src/ui/tasks.js';
import { duration, grouped, masked, safe, wrap } from '../../src/ui/text.js';
import { database, facts, inventory, source } from '../plan/fixtures.js';
import { ASCII, COLOUR, migrated, PLAIN, undone } from './fixtures.js';

const ESC = String.fromCharCode(27);

describe('the style of a terminal', () => {
  const style = (env: Record<string, string>, colorFlag?: boolean, isTTY = true) =>
    styleFrom({ env, colorFlag, isTTY, columns: 80 });

  it('has colour on a terminal, unless NO_COLOR is set, which beats the flag', () => {
    expect(style({}).colour).toBe(true);
    expect(style({}, undefined, false).colour).toBe(false);
    expect(style({ NO_COLOR: '1' }, true).colour).toBe(false);
    expect(style({ NO_COLOR: '' }, true).colour).toBe(true);
    expect(style({}, true, false).colour).toBe(true);
    expect(style({ TERM: 'dumb' }).colour).toBe(false);
    expect(style({ FORCE_COLOR: '1' }, undefined, false).colour).toBe(true);
  });

  it('has Unicode only in a UTF-8 locale', () => {
    expect(style({ LANG: 'C.UTF-8' }).unicode).toBe(true);
    expect(style({ LANG: 'de_DE.utf8', LC_ALL: 'C' }).unicode).toBe(false);
    expect(style({}).unicode).toBe(false);
  });
});

describe('text helpers', () => {
  it('show durations and counts the same way everywhere', () => {
    expect([0, 0.42, 0.9996, 3.42, 59.96, 72, 3700].map(duration)).toEqual([
      '0.00s',
      '0.42s',
      '1.0s',
      '3.4s',
      '1m',
      '1m 12s',
      '1h 1m 40s',
    ]);
    expect([0, 999, 1000, 52_110, 1_234_567].map(grouped)).toEqual(['0', '999', '1 000', '52 110', '1 234 567']);
  });

  it('keep a number and its unit on one line', () => {
    expect(wrap('a size of 18.5 MB, yes', 16, 2)).toBe('a size of\n  18.5 MB, yes');
  });

  it('never let a name draw on the terminal', () => {
    expect(safe(`x${ESC}[31m\u202ey`)).toBe('x\\u001b[31m\\u202ey');
  });

  it('never show the password of a URL', () => {
    expect(masked('postgresql://u:p4ss@host/db')).toBe('postgresql://[secret]@host/db');
  });

  it('name progress without a wrong percentage', () => {
    expect(amount(3_100_000, 18_500_000)).toBe('3.1 MB of 18.5 MB, 16 %');
    expect(amount(20, 10)).toBe('20 B');
    expect(amount(undefined, 10)).toBe('');
  });
});

const equal = {
  match: true,
  tables: [],
  sequences: { count: 0, match: true },
  largeObjects: { count: 0, bytes: 0, match: true },
  catalogDiff: [],
};

describe('planText', () => {
  const plan = buildPlan(inventory(), [facts({ source: source({ moving: [database({ encoding: 'SQL_ASCII' })] }) })]);

  it('says what comes, changes and stays, and why it is blocked', () => {
    const text = planText(plan, PLAIN);
    for (const part of [
      'speedtest  blocked',
      '+ tasks',
      '~ app',
      'DB_PORT  5432 → 5433',
      '= secret',
      '[SQL_ASCII]',
      'next: convert it first',
      '0 to migrate, 0 done, 1 blocked',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('Next: dbctl migrate');
  });

  it('has a line for each database of the service', () => {
    const moving = [database(), database({ name: 'speedtest_log', sizeBytes: 1000, tables: 1 })];
    const text = planText(buildPlan(inventory(), [facts({ source: source({ moving }) })]), PLAIN);
    expect(text).toContain('databases speedtest  18.5 MB, 14 tables\n');
    expect(text).toContain(' speedtest_log  1 kB, 1 table\n');
  });

  it('means the same without colour and without Unicode', () => {
    expect(planText(plan, COLOUR).replaceAll(new RegExp(`${ESC}\\[\\d+m`, 'g'), '')).toBe(planText(plan, PLAIN));
    expect(planText(plan, ASCII)).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('stays within the width', () => {
    expect(
      Math.max(
        ...planText(plan, PLAIN)
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
  });

  it('shows a service that could not be read without empty rows', () => {
    const text = planText(
      buildPlan(inventory(), [
        facts({
          job: null,
          app: [],
          allocations: [],
          node: null,
          source: { code: 'DATABASE_UNAVAILABLE', text: 'gone', next: 'look' },
        }),
      ]),
      PLAIN,
    );
    expect(text).not.toContain('from');
    expect(text).toContain('[JOB_NOT_FOUND]');
  });
});

describe('reportText', () => {
  it('tells what moved, the evidence, the downtime and the way back', () => {
    const text = reportText(migrated(), PLAIN);
    expect(text).toContain('size  18.5 MB before · 21 MB as a dump · 17.9 MB now');
    for (const part of [
      'ok    speedtest has its own PostgreSQL now',
      'Moved  database speedtest',
      '3 of 3 tables · 52 110 rows',
      '9f2c41aa77e1',
      'Downtime  3.4s  21:15:32 – 21:15:35 UTC',
      'Undo  dbctl rollback speedtest',
      'predicted 3.9s',
    ])
      expect(text).toContain(part);
  });

  it('gives the sizes of each database when several moved', () => {
    const sizes = { sourceBytes: 1000, dumpBytes: null, targetBytes: null };
    const databases = ['app', 'app_log'].map((database) => ({ database, ...sizes }));
    const text = reportText(migrated({ moved: { from: 'a', to: 'b', databases } }), PLAIN);
    expect(text).toContain('Moved  databases app, app_log');
    expect(text).toContain('app  1 kB before');
    expect(text).toContain('app_log  1 kB before');
  });

  it('tells of a run that was undone step by step, with the error', () => {
    const text = reportText(undone(), PLAIN);
    for (const part of [
      'undone  speedtest is as it was before',
      'fail  verify',
      'undo  gate-in',
      'DIFFERENT',
      '[EVIDENCE_DIFFERS]',
      'exit   4 (verification failed)',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('Undo  ');
  });

  it('draws a bar for every part that took time, one after the other', () => {
    expect(barText(0, 1, 4, 8, ASCII)).toBe('##......');
    expect(barText(1, 2, 4, 8, ASCII)).toBe('..####..');
    expect(barText(3.99, 0.01, 4, 8, ASCII)).toBe('.......#');
    expect(barText(0, 0, 0, 4, ASCII)).toBe('....');
  });

  it('says when nothing was to be done, and what a rehearsal was', () => {
    expect(reportText(migrated({ status: 'nothing-to-do', steps: [] }), PLAIN)).toContain('speedtest: nothing to do');
    const { undo: _, ...rest } = migrated({ downtime: null, downtimeSeconds: null, moved: null });
    expect(reportText(rest, PLAIN)).toContain('was rehearsed; nothing of it was changed');
    expect(reportText(migrated({ schema: 'dbctl.rollback/2' }), PLAIN)).toContain('is back on the shared instance');
  });

  it('shows what differs before the largest tables', () => {
    const tables = Array.from({ length: 30 }, (_, index) => ({
      name: `public.t${index}`,
      rows: index * 10,
      digest: 'ab',
      match: index !== 3,
    }));
    const text = evidenceText(
      { match: false, databases: [{ database: 'app', ...equal, match: false, tables }] },
      PLAIN,
    );
    const rows = text.split('\n').slice(2);
    expect(rows[0]).toMatch(/public\.t3 .*DIFFERENT/);
    expect(rows[1]).toContain('public.t29');
    expect(text).toContain('and 18 smaller tables, all equal');
  });

  it('names every database when there are several, and none when there is one', () => {
    const one = { database: 'app', ...equal };
    expect(evidenceText({ match: true, databases: [one] }, PLAIN)).toMatch(/^Evidence {2}equal/);
    const text = evidenceText({ match: false, databases: [one, { ...one, database: 'app_log', match: false }] }, PLAIN);
    expect(text).toContain('Evidence of app  equal');
    expect(text).toContain('Evidence of app_log  DIFFERENT');
  });
});

describe('errorText', () => {
  it('gives code, place, value, details, next step and exit code', () => {
    const error = {
      code: 'PORT_TAKEN',
      message: 'the port is taken',
      where: 'service x',
      value: '5435',
      details: ['a', 'b'],
      next: 'use 5440',
      exitCode: 3,
    };
    expect(errorText(error, PLAIN)).toBe(
      [
        'error  the port is taken  [PORT_TAKEN]',
        '  where  service x',
        '  value  5435',
        '    - a',
        '    - b',
        '  next   use 5440',
        '  exit   3 (refused as unsafe; nothing was changed)',
      ].join('\n'),
    );
  });
});

const EVENTS: readonly RunEvent[] = [
  {
    kind: 'run-started',
    title: 'Move speedtest',
    run: 'r1',
    steps: [
      { id: 'preflight', title: 'p' },
      { id: 'dump', title: 'd' },
    ],
  },
  { kind: 'step-started', id: 'preflight', title: 'looking' },
  { kind: 'step-progress', id: 'preflight', text: 'x', done: 1 },
  {
    kind: 'step-finished',
    result: { id: 'preflight', title: 'p', status: 'ok', seconds: 1.2, summary: '12 checks, 0 warnings', evidence: {} },
  },
  { kind: 'note', level: 'warn', text: 'token expires' },
  { kind: 'run-finished', ok: true },
];

describe('progress off a terminal', () => {
  const emitted = (options: { silent: boolean }): string[] => {
    const lines: string[] = [];
    const reporter = reporterFor({ ...PLAIN, interactive: false, ...options, err: (text) => void lines.push(text) });
    for (const event of EVENTS) reporter.emit(event);
    return lines;
  };

  it('is one line per finished step, with the time it took', () => {
    expect(emitted({ silent: false }).map((line) => line.trimEnd())).toEqual([
      'Move speedtest   run r1',
      `  ok    preflight  ${'12 checks, 0 warnings'.padEnd(58)}    1.2s`,
      '  warn  token expires',
    ]);
  });

  it('is nothing when silent', () => {
    expect(emitted({ silent: true })).toEqual([]);
  });

  it('holds no control codes', () => {
    const lines: string[] = [];
    const reporter = linesReporter((text) => void lines.push(text), PLAIN);
    for (const event of EVENTS) reporter.emit(event);
    expect(lines.join('')).not.toContain(ESC);
  });
});

describe('confirmService', () => {
  it('refuses off a terminal and names the flags', async () => {
    await expect(confirmService({ service: 'speedtest', question: 'Move?', interactive: false })).rejects.toMatchObject(
      { code: 'CONFIRMATION_MISSING', exitCode: 64, next: 'add --yes --confirm speedtest' },
    );
  });

  const typed = async (text: string): Promise<void> => {
    const input = new PassThrough();
    const asked = confirmService({
      service: 'speedtest',
      question: 'Move?',
      interactive: true,
      input,
      output: new PassThrough(),
    });
    setImmediate(() => input.write(`${text}\r`));
    return asked;
  };

  it('goes on when the name is typed', async () => {
    await expect(typed('speedtest')).resolves.toBeUndefined();
  });

  it('refuses any other word', async () => {
    await expect(typed('yes')).rejects.toMatchObject({ code: 'CONFIRMATION_DECLINED' });
  });
});
