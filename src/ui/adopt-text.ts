import type { AdoptedFile, AdoptReport, AdoptVerdict } from '../report/adopt-report.js';
import { paint, type Style, symbols } from './style.js';
import { safe, widthOf, wrap } from './text.js';

const INDENT = 6;

/** What was found in jobspecs, file by file, and how many of each verdict. */
export const adoptText = (report: AdoptReport, style: Style): string =>
  [...report.files.map((file) => fileText(file, report.mode, style)), summary(report, style)].join('\n\n');

const fileText = (file: AdoptedFile, mode: AdoptReport['mode'], style: Style): string =>
  [
    `${verdictText(file.verdict, style)}  ${paint(style).bold(safe(file.path))}: ${wrap(safe(file.why), widthOf(style), INDENT)}`,
    ...foundLines(file, style),
    ...changeLines(file, style),
    ...file.left.flatMap((left) => leftLines(left, style)),
    ...file.assumed.map((text) => line('assumed', text, style)),
    ...file.next.map((text) =>
      line(
        'next',
        mode === 'write' && file.change?.written ? `dbctl adopt --undo --write ${file.path}, then ${text}` : text,
        style,
      ),
    ),
  ].join('\n');

const verdictText = (verdict: AdoptVerdict, style: Style): string => {
  const colour = paint(style);
  switch (verdict) {
    case 'patched':
      return colour.green(verdict);
    case 'instructions':
      return colour.yellow(verdict);
    case 'unreadable':
      return colour.red(verdict);
    case 'already-dedicated':
    case 'no-database':
    case 'other-engine':
      return colour.dim(verdict);
  }
};

const line = (label: string, text: string, style: Style): string =>
  `  ${paint(style).dim(label.padEnd(8))}  ${wrap(safe(text), widthOf(style), 12)}`;

function foundLines({ found }: AdoptedFile, style: Style): string[] {
  if (found === null) return [];
  const { dot } = symbols(style);
  return found.clients.map(({ group, task, app, server, databases, role, settings }) => {
    const made = [
      ...new Set(settings.filter(({ role: says }) => says !== 'database').flatMap((setting) => setting.made)),
    ];
    const who = `${group}/${task} ${dot} ${app.title} (by ${app.by}) ${dot} server ${server === '' ? 'in a file of its own' : server}`;
    return line(
      'found',
      `${who} ${dot} database ${databases.join(', ') || 'not said'} ${dot} role ${role ?? 'not said'} ${dot} ${made.join(', ')}`,
      style,
    );
  });
}

function changeLines({ change }: AdoptedFile, style: Style): string[] {
  if (change === null) return [];
  const { arrow } = symbols(style);
  const rows = change.settings.map(({ task, key, from, to }) =>
    line('change', `${task}: ${key} ${from} ${arrow} ${to}`, style),
  );
  const files = change.files.map(({ path }) => line('file', `${path}: the job of the database`, style));
  const where = change.address === '' ? [] : [line('at', `${change.address}: ${change.reason}`, style)];
  return [
    ...where,
    ...rows,
    ...files,
    '',
    ...diffLines(change.diff, style),
    ...(change.written ? ['', line('ok', 'written', style)] : []),
  ];
}

/** The lines of the part itself say little to a person: they are counted. */
function diffLines(diff: string, style: Style): string[] {
  const colour = paint(style);
  const shown: string[] = [];
  let hidden = -1;
  for (const text of diff.trimEnd().split('\n')) {
    if (/^[+-]\s*# <<< dbctl (?:part|network)/.test(text)) {
      shown.push(colour.dim(`    ${text[0]} … ${hidden} lines`));
      hidden = -1;
    }
    if (hidden >= 0) hidden += 1;
    else
      shown.push(
        `    ${text.startsWith('+') ? colour.green(safe(text)) : text.startsWith('-') ? colour.red(safe(text)) : safe(text)}`,
      );
    if (/^[+-]\s*# >>> dbctl (?:part|network)/.test(text)) hidden = 0;
  }
  return shown;
}

function leftLines(left: AdoptedFile['left'][number], style: Style): string[] {
  const colour = paint(style);
  return [
    line('left', `${left.line === null ? '' : `line ${left.line}: `}${left.why}`, style),
    ...(left.old === null ? [] : [`            ${colour.red(`- ${safe(left.old)}`)}`]),
    ...(left.new === null ? [] : left.new.split('\n').map((text) => `            ${colour.green(`+ ${safe(text)}`)}`)),
  ];
}

const VERDICTS: readonly AdoptVerdict[] = [
  'patched',
  'instructions',
  'already-dedicated',
  'no-database',
  'other-engine',
  'unreadable',
];

function summary({ files, mode }: AdoptReport, style: Style): string {
  const counts = VERDICTS.map((verdict) => [verdict, files.filter((file) => file.verdict === verdict).length] as const);
  const words = counts.filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict}`);
  const hint =
    mode === 'show' && files.some(({ verdict }) => verdict === 'patched') ? ' Nothing is written without --write.' : '';
  return `${paint(style).bold('Files')}  ${words.join(', ')}.${hint}`;
}
