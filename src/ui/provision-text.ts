import type { FillReport, ProvisionReport } from '../report/provision-report.js';
import { errorText } from './error-text.js';
import { stepLine } from './step-line.js';
import { paint, type Style, symbols } from './style.js';
import { duration, field, masked, safe, widthOf, wrap } from './text.js';

const PAD = 9;

/** A provision for people: what will be made, or what was. */
export const provisionText = (report: ProvisionReport, style: Style): string =>
  [
    headline(report, style),
    ...(report.status === 'failed' || report.status === 'undone' ? [stepsText(report, style)] : []),
    ...(report.status === 'undone' ? [] : [whatText(report, style)]),
    ...(report.findings.length > 0 && report.run === null ? [findingsText(report, style)] : []),
    ...report.notes.map((note) => `note  ${wrap(safe(note), widthOf(style), 6)}`),
    ...(report.error === undefined ? [] : [errorText(report.error, style)]),
    ...report.next.map((next) => `${paint(style).bold('Next')}  ${wrap(safe(next), widthOf(style), 6)}`),
  ]
    .filter((block) => block !== '')
    .join('\n\n');

const HOW: Readonly<Record<ProvisionReport['kind'], string>> = {
  splice: "in the app's own group, put into the operator's jobspec",
  'new-app': 'in one group with the app, in a new jobspec',
  'own-job': 'in a job of its own',
  shared: 'on the shared instance',
};

const headline = (report: ProvisionReport, style: Style): string => {
  const colour = paint(style);
  const name = colour.bold(safe(report.service));
  const words: Record<ProvisionReport['status'], string> = {
    planned: `${colour.cyan('provision')}  ${name}: a new database ${HOW[report.kind]}`,
    blocked: `${colour.red('blocked')}  ${name}: a new database ${HOW[report.kind]}`,
    ok: `${colour.green('ok')}    ${name} has a database ${HOW[report.kind]}`,
    'nothing-to-do': `${colour.green('ok')}    ${name}: nothing to do`,
    failed: `${colour.red('fail')}  ${name}: provision did not finish`,
    undone: `${colour.yellow('undone')}  what was made for ${name} is taken away again`,
  };
  const seconds = report.steps.reduce((sum, step) => sum + step.seconds, 0);
  const run =
    report.run === null
      ? ''
      : `   ${colour.dim(`run ${report.run}${seconds > 0 ? `, took ${duration(seconds)}` : ''}`)}`;
  return words[report.status] + run;
};

const stepsText = ({ steps }: ProvisionReport, style: Style): string => {
  const pad = Math.max(0, ...steps.map(({ id }) => id.length));
  return steps.map((step) => stepLine(step, pad, style)).join('\n');
};

const whatText = (report: ProvisionReport, style: Style): string => {
  const { dot } = symbols(style);
  const options = { width: widthOf(style), pad: PAD, show: paint(style).dim };
  const line = (label: string, text: string): string => field(label, safe(text), options);
  const extensions = report.extensions.length > 0 ? ` ${dot} extensions ${report.extensions.join(', ')}` : '';
  const { secret, proof } = report;
  const version = secret.version === null ? '' : `, version ${secret.version}`;
  return [
    line('database', `${report.databases.join(', ')} ${dot} role ${report.role}${extensions}`),
    ...(report.fill === undefined ? [] : [line('from', fillText(report.fill))]),
    line('at', `${report.address}${report.node === '' ? '' : ` on ${report.node}`}`),
    line('job', `${report.job} ${dot} ${report.jobspec}`),
    ...(report.volume === null ? [] : [line('volume', report.volume)]),
    line('password', `${secret.where} (${secret.made ? 'made' : 'kept'}${version})`),
    ...(report.inventory.added ? [line('inventory', `${report.inventory.path}: ${report.service} is added`)] : []),
    ...(proof === null
      ? []
      : [
          line(
            'proof',
            `${proof.role} logged in at ${proof.server}:${proof.port} by ${proof.methods.join(', ')}; a wrong password: "${proof.wrongPassword}"`,
          ),
        ]),
  ].join('\n');
};

const fillText = ({ from, set, started, offsite, role, databases, evidence }: FillReport): string => {
  const names = [...databases, role]
    .filter((pair) => pair.from !== pair.to)
    .map((pair) => `${pair.from} is ${pair.to}`);
  const rows = evidence?.databases.flatMap(({ tables }) => tables).reduce((sum, table) => sum + table.rows, 0);
  return [
    `backup ${set} of ${from}${offsite === null ? '' : ` (${offsite})`}${started === null ? '' : `, as of ${started}`}`,
    ...(names.length > 0 ? [`names: ${names.join(', ')}`] : []),
    ...(evidence?.match ? [`${rows} rows compared, all equal`] : []),
  ].join('; ');
};

const findingsText = ({ findings }: ProvisionReport, style: Style): string => {
  const colour = paint(style);
  const word = { blocked: colour.red('blocked'), warn: colour.yellow('warn   '), info: colour.dim('info   ') };
  return findings
    .map(({ level, code, text, next }) => {
      const head = `  ${word[level as keyof typeof word]}  ${code}: ${wrap(masked(text), widthOf(style), 11)}`;
      return next === undefined
        ? head
        : `${head}\n           ${colour.dim(`next: ${wrap(masked(next), widthOf(style), 17)}`)}`;
    })
    .join('\n');
};
