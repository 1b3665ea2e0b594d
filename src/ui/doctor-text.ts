import {
  DOCTOR_GROUPS,
  type DoctorCheck,
  type DoctorGroup,
  type DoctorListReport,
  type DoctorRepair,
  type DoctorReport,
  type DoctorStatus,
} from '../report/doctor-report.js';
import { paint, type Style, symbols } from './style.js';
import { duration, masked, plural, safe, table, widthOf, wrap } from './text.js';

const PAD = Math.max(...DOCTOR_GROUPS.map((group) => group.length));
const INDENT = 12;

/** The worst of a group is what the group says. */
const WORST: readonly DoctorStatus[] = ['fail', 'warn', 'unknown', 'skipped', 'ok'];

const bracket = (status: DoctorStatus, style: Style): string => {
  const colour = paint(style);
  const words: Record<DoctorStatus, string> = {
    ok: colour.green('[ ok ]'),
    warn: colour.yellow('[warn]'),
    fail: colour.red('[fail]'),
    unknown: colour.yellow('[ ?? ]'),
    skipped: colour.dim('[skip]'),
  };
  return words[status];
};

/** Which cluster is looked at, and as whom. */
export const doctorHeadText = (inventory: string, servers: DoctorReport['servers'], style: Style): string =>
  [
    `inventory  ${safe(inventory)}`,
    ...servers.map(
      ({ name, address, from, token }) =>
        `${name.padEnd(9)}  ${masked(address)} (${safe(from)}), ${token === null ? 'no token' : `token of ${safe(token)}`}`,
    ),
  ]
    .map((line) => paint(style).dim(line))
    .join('\n');

/** A group once its last check is done: one line, and what is not well below it. `all`: the others, too. */
export function doctorGroupText(
  group: DoctorGroup,
  checks: readonly DoctorCheck[],
  all: boolean,
  style: Style,
): string {
  const worst = WORST.find((status) => checks.some((check) => check.status === status)) ?? 'ok';
  const skipped = all ? [] : skippedText(checks);
  const nothing = skipped.length === 1 && checks.every(({ status }) => status === 'skipped');
  const said = nothing ? (skipped[0] ?? '') : countText(checks);
  const head = `${bracket(worst, style)}  ${paint(style).bold(group.padEnd(PAD))}  ${paint(style).dim(said)}`;
  if (nothing) return head;
  const shown = checks.filter(({ status }) => all || (status !== 'ok' && status !== 'skipped'));
  const rest = skipped.map((text) => `  ${bracket('skipped', style)}  ${paint(style).dim(text)}`);
  return [head, ...shown.map((check) => checkText(check, style)), ...rest].join('\n');
}

const countText = (checks: readonly DoctorCheck[]): string => {
  const good = checks.filter(({ status }) => status === 'ok').length;
  return good === checks.length ? plural(good, 'check') : `${good} of ${plural(checks.length, 'check')} ok`;
};

/** One line for all that a failed check keeps from being looked at. */
function skippedText(checks: readonly DoctorCheck[]): string[] {
  const skipped = checks.filter(({ status }) => status === 'skipped');
  return [...new Set(skipped.map(({ text }) => text))].map((text) => {
    const count = skipped.filter((check) => check.text === text).length;
    return `${plural(count, 'check')} skipped: ${text}`;
  });
}

function checkText(check: DoctorCheck, style: Style): string {
  const colour = paint(style);
  const head = `  ${bracket(check.status, style)}  ${colour.bold(check.id)}`;
  if (check.findings.length === 0) {
    const said = `${check.title}${check.text === '' ? '' : `: ${check.text}`}`;
    return `${head}  ${wrap(masked(said), widthOf(style), INDENT)}`;
  }
  const why = `  ${' '.repeat(8)}${colour.dim(wrap(safe(`why: ${check.why}`), widthOf(style), INDENT + 3))}`;
  return [head, ...check.findings.flatMap((one) => findingText(one, style)), why].join('\n');
}

function findingText({ service, evidence, fix }: DoctorCheck['findings'][number], style: Style): string[] {
  const about = service === null ? '' : `${service}: `;
  return [
    `  ${' '.repeat(8)}${wrap(masked(`${about}${evidence}`), widthOf(style), INDENT)}`,
    // In one line, so that what is copied from a terminal is what was printed.
    `  ${' '.repeat(8)}${paint(style).cyan('fix:')} ${masked(fix)}`,
  ];
}

const plainRepair = ({ what, status, text }: DoctorRepair, style: Style): string => {
  const colour = paint(style);
  const word = status === 'done' ? colour.green('done  ') : colour.red('failed');
  return `  ${word}  ${wrap(masked(`${what}: ${text}`), widthOf(style), 10)}`;
};

/** What was mended, and how it went. */
export const doctorRepairsText = (repairs: readonly DoctorRepair[], style: Style): string =>
  [paint(style).bold('Repairs'), ...repairs.map((repair) => plainRepair(repair, style))].join('\n');

/** The last line: how many of each, the exit code, how to see less or more. */
export function doctorSummaryText({ checks, seconds, exitCode }: DoctorReport, style: Style): string {
  const colour = paint(style);
  const dot = symbols(style).dot;
  const count = (status: DoctorStatus): number => checks.filter((check) => check.status === status).length;
  const parts = [
    `${count('ok')} ok`,
    ...(count('fail') > 0 ? [colour.red(`${count('fail')} fail`)] : []),
    ...(count('warn') > 0 ? [colour.yellow(`${count('warn')} warn`)] : []),
    ...(count('unknown') > 0 ? [colour.yellow(`${count('unknown')} could not be looked at`)] : []),
    ...(count('skipped') > 0 ? [`${count('skipped')} skipped`] : []),
  ];
  const head = `${plural(checks.length, 'check')}: ${parts.join(', ')} ${dot} ${duration(seconds)} ${dot} exit ${exitCode}`;
  const mendable = checks.some(({ findings }) => findings.some(({ repair }) => repair !== undefined));
  return mendable ? `${head}\nSome of it dbctl can mend without any loss: dbctl doctor --fix` : head;
}

export const doctorListText = ({ checks }: DoctorListReport, style: Style): string =>
  table(checks.map(({ id, group, title }) => [paint(style).bold(id), group, safe(title)]));
