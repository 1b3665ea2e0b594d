import type { CliDeps } from '../../src/cli/session.js';

/** What must not be asked for: a command that does fails the test. */
export const unused = (): never => {
  throw new Error('not asked here');
};

const style = { colour: false, unicode: true, columns: 100 };

/** What a command gets, as far as a test has it; `out` and `err` take what it prints. */
export function cliDeps(has: Partial<CliDeps> & { out?(text: string): void; err?(text: string): void }): CliDeps {
  const { out = unused, err = () => undefined, ...more } = has;
  return {
    io: { out, err, interactive: false, ...style, errStyle: style },
    version: '0',
    ...{ open: unused, examine: unused, inventory: unused, connect: unused, local: unused },
    lab: { up: unused, down: unused, status: unused, seed: unused },
    setExitCode: unused,
    ...more,
  };
}
