import type { Reporter, RunEvent } from '../ports/reporter.js';
import { stepLine } from './step-line.js';
import { paint, type Style } from './style.js';
import { safe } from './text.js';

/** One finished line per step, nothing rewritten: for logs, CI and pipes. `write` gets whole lines for stderr. */
export const linesReporter = (write: (text: string) => void, style: Style): Reporter => {
  let pad = 0;
  return {
    emit: (event: RunEvent): void => {
      if (event.kind === 'run-started') pad = Math.max(0, ...event.steps.map(({ id }) => id.length));
      const text = eventText(event, pad, style);
      if (text !== undefined) write(`${text}\n`);
    },
  };
};

/** The line of an event, or `undefined` for those that only matter while they last. */
export const eventText = (event: RunEvent, pad: number, style: Style): string | undefined => {
  switch (event.kind) {
    case 'run-started':
      return `${paint(style).bold(safe(event.title))}   ${paint(style).dim(`run ${event.run}`)}`;
    case 'step-finished':
      return stepLine(event.result, pad, style);
    case 'note':
      return `  ${event.level === 'warn' ? paint(style).yellow('warn') : paint(style).dim('note')}  ${safe(event.text)}`;
    case 'step-started':
    case 'step-progress':
    case 'run-finished':
      return undefined;
  }
};
