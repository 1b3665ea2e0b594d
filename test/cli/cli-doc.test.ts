import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { cliDeps } from '../support/cli-deps.js';
import { markdownTable } from '../support/markdown-table.js';

const PATH = join(import.meta.dirname, '..', '..', 'docs', 'cli.md');

const shown: string[] = [];
// A page of the reference needs no cluster.
const deps = cliDeps({ out: (text) => void shown.push(text) });

/** Commands that do something, `lab up` and not `lab`; what help does not show is for programs. */
const leaves = (command: Command, path: readonly string[] = []): { path: string; command: Command }[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => {
      const below = [...path, child.name()];
      return child.commands.length > 0 ? leaves(child, below) : [{ path: below.join(' '), command: child }];
    });

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** Examples are only in the help a person sees, so they are read from there. */
const examples = (command: Command): string[] => {
  shown.length = 0;
  command.outputHelp();
  return [...shown.join('').matchAll(/^ {2}\$ (.+)$/gm)].map(([, line = '']) => line);
};

const page = ({ path, command }: { path: string; command: Command }): string[] => {
  const usage = [
    'dbctl',
    path,
    ...command.registeredArguments.map((arg) => (arg.required ? `<${arg.name()}>` : `[${arg.name()}]`)),
  ];
  const options = command.options.map(({ flags, description, defaultValue }) => [
    `\`${flags.replaceAll('|', '\\|')}\``,
    escaped(description) +
      (defaultValue === undefined || typeof defaultValue === 'boolean' ? '' : ` (default \`${defaultValue}\`)`),
  ]);
  return [
    `## dbctl ${path}`,
    '',
    `${command.summary().replace(/^./, (first) => first.toUpperCase())}.`,
    '',
    '```sh',
    `${usage.join(' ')} [options]`,
    ...examples(command),
    '```',
    '',
    ...markdownTable([['option', 'meaning'], ...options]),
    '',
  ];
};

const cliDoc = (): string => {
  const commands = leaves(buildProgram(deps));
  return [
    '# Commands',
    '',
    'Written from the command tree by `UPDATE=1 npx vitest run --project unit test/cli`; a test fails when this page is stale.',
    '',
    'Data goes to stdout, progress and questions to stderr. `NO_COLOR`, `--json` and a pipe are honoured everywhere. Exit codes and errors:',
    '[errors.md](errors.md). The documents of `--json`: [schema/](schema/).',
    '',
    ...commands.flatMap(page),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
};

describe('docs/cli.md', () => {
  it('lists every command with its options (UPDATE=1 writes it)', () => {
    if (process.env['UPDATE'] === '1') writeFileSync(PATH, cliDoc());
    expect(readFileSync(PATH, 'utf8')).toBe(cliDoc());
  });

  it('has a summary, an example and --json for every command', () => {
    for (const { path, command } of leaves(buildProgram(deps))) {
      expect(command.summary(), path).toMatch(/\w/);
      expect(examples(command), path).not.toEqual([]);
      expect(
        command.options.map(({ long }) => long),
        path,
      ).toContain('--json');
    }
  });
});
