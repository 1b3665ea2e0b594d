import type { DecommissionReport } from '../report/decommission-report.js';
import { paint, type Style } from './style.js';
import { safe, table } from './text.js';

export const decommissionText = (report: DecommissionReport, style: Style): string => {
  const colour = paint(style);
  const head =
    report.status === 'ok'
      ? `${colour.green('ok')}    ${colour.bold(safe(report.job))} is stopped: nobody shares a database any more`
      : `${colour.green('ok')}    ${colour.bold(safe(report.job))}: nothing to do, it is not running`;
  const held = report.held.map((text) => `  ${colour.green('ok')}  ${safe(text)}`).join('\n');
  const left = report.left.map(({ what, remove }) => [safe(what), colour.dim(safe(remove))]);
  return [head, ...(held === '' ? [] : [held]), `${colour.bold('Kept')}  yours to remove\n${table(left)}`].join('\n\n');
};
