import { stderr } from 'node:process';
import { Listr, ListrLogger, ProcessOutput, Spinner } from 'listr2';
import type { Reporter, RunEvent } from '../ports/reporter.js';
import { eventText } from './lines.js';
import { paint, type Style } from './style.js';
import { bytes, duration, safe } from './text.js';

export interface TasksReporter extends Reporter {
  /** Resolves when everything emitted so far is drawn and the terminal is as it was. */
  settled(): Promise<void>;
}

interface Running {
  readonly id: string;
  readonly since: number;
  finish: () => void;
  text: string;
  title?: (title: string) => void;
}

/**
 * Steps on a terminal: a spinner with size and time while a step runs, the same line as `linesReporter` once it has ended.
 * `now` is monotonic milliseconds.
 */
export const tasksReporter = (style: Style, now: () => number, stream: NodeJS.WriteStream = stderr): TasksReporter => {
  let pad = 0;
  let running: Running | undefined;
  let drawn: Promise<void> = Promise.resolve();
  const after = (act: () => Promise<void> | void): void => {
    drawn = drawn.then(act);
  };
  const write = (event: RunEvent): void => {
    const text = eventText(event, pad, style);
    if (text !== undefined) after(() => void stream.write(`${text}\n`));
  };
  const stop = (): void => {
    running?.finish();
    running = undefined;
  };
  const start = (id: string, title: string): void => {
    stop();
    const { step, ended } = runningStep(id, title, now());
    running = step;
    after(() => draw(step, ended, { style, pad, now, stream }));
  };
  return {
    emit: (event) => {
      if (event.kind === 'run-started') pad = Math.max(0, ...event.steps.map(({ id }) => id.length));
      if (event.kind === 'step-started') start(event.id, event.title);
      if (event.kind === 'step-progress' && running?.id === event.id) progress(running, event);
      if (event.kind === 'step-finished' || event.kind === 'run-finished') stop();
      write(event);
    },
    settled: () => drawn,
  };
};

const runningStep = (id: string, title: string, since: number): { step: Running; ended: Promise<void> } => {
  let finish = (): void => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { step: { id, since, finish, text: title }, ended };
};

const progress = (step: Running, event: { text: string; done?: number; total?: number }): void => {
  step.text = [safe(event.text), amount(event.done, event.total)].filter((part) => part !== '').join('  ');
};

/** `3.1 MB of 18.5 MB, 17 %`; a total that is smaller than what is done was an estimate, so it is left out. */
export const amount = (done: number | undefined, total: number | undefined): string => {
  if (done === undefined) return '';
  if (total === undefined || total <= 0 || done > total) return bytes(done);
  return `${bytes(done)} of ${bytes(total)}, ${Math.floor((done / total) * 100)} %`;
};

interface Canvas {
  readonly style: Style;
  readonly pad: number;
  readonly now: () => number;
  readonly stream: NodeJS.WriteStream;
}

const FRAME_MS = 100;

const draw = async (step: Running, ended: Promise<void>, canvas: Canvas): Promise<void> => {
  const list = new Listr(
    [
      {
        title: runningTitle(step, canvas),
        task: (_, task) => follow(step, ended, canvas, (title) => (task.title = title)),
      },
    ],
    {
      // Signals belong to the pipeline: it must keep the journal before the process ends.
      registerSignalListeners: false,
      exitOnError: false,
      renderer: 'default',
      rendererOptions: {
        clearOutput: true,
        formatOutput: 'truncate',
        spinner: canvas.style.unicode ? new BrailleSpinner() : new AsciiSpinner(),
        logger: new ListrLogger({
          processOutput: new ProcessOutput(canvas.stream, canvas.stream, { leaveEmptyLine: false }),
        }),
      },
      fallbackRenderer: 'silent',
    },
  );
  await list.run();
};

const follow = async (
  step: Running,
  ended: Promise<void>,
  canvas: Canvas,
  retitle: (title: string) => void,
): Promise<void> => {
  const timer = setInterval(() => retitle(runningTitle(step, canvas)), FRAME_MS);
  try {
    await ended;
  } finally {
    clearInterval(timer);
  }
};

const runningTitle = (step: Running, { style, pad, now }: Canvas): string =>
  `    ${safe(step.id).padEnd(pad)}  ${step.text}  ${paint(style).dim(duration((now() - step.since) / 1000))}`;

// Under the words ok and fail of the lines that are already there.
function indented(frame: string): string {
  return `  ${frame}`;
}

class BrailleSpinner extends Spinner {
  protected override readonly spinner: string[] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'].map(indented);
}

class AsciiSpinner extends Spinner {
  protected override readonly spinner: string[] = ['-', '\\', '|', '/'].map(indented);
}
