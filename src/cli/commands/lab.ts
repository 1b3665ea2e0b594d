import { type Command, Option } from 'commander';
import { jsonOption, positive } from '../options.js';
import type { CliDeps } from '../session.js';

interface LabFlags {
  readonly name: string;
  readonly scale: number;
  readonly with?: readonly string[];
  readonly all?: boolean;
  readonly major?: readonly number[];
  readonly consul?: boolean;
  readonly offsite?: boolean;
  readonly driver: 'exec' | 'docker';
  readonly json?: boolean;
}

/** The lab prints its own progress on stderr; the result goes to stdout. */
export function addLabCommands(program: Command, deps: CliDeps): void {
  const lab = program
    .command('lab')
    .summary('a real Nomad, Vault and shared PostgreSQL on this machine, to try things');
  const add = (verb: 'up' | 'down' | 'status' | 'seed', summary: string): void => {
    const command = lab
      .command(verb)
      .summary(summary)
      .option('--name <name>', 'which lab', 'default')
      .addOption(jsonOption());
    if (verb === 'up' || verb === 'seed')
      command.option('--scale <megabytes>', 'size of the speedtest database', positive, 5);
    if (verb === 'up') command.option('--with <service...>', 'also a larger service: forge (Gitea, built once)');
    if (verb === 'up') command.option('--all', 'an app for every service, not only for speedtest');
    if (verb === 'up')
      command.option('--consul', "services are Consul's (Debian's package, fetched once), not Nomad's own");
    if (verb === 'up') command.option('--offsite', 'a second site: an S3 store that backups are copied to, encrypted');
    if (verb === 'up') command.addOption(majorOption());
    if (verb === 'up') command.addOption(driverOption());
    command.addHelpText('after', `\nExample:\n  $ dbctl lab ${verb}`).action(async (flags: LabFlags) => {
      const result = await deps.lab[verb](flags);
      deps.io.out(flags.json ? `${JSON.stringify(result, null, 2)}\n` : `${labText(result)}\n`);
    });
  };
  add('up', 'start the lab and wait until the app writes');
  add('down', 'stop it and remove everything it made');
  add('status', 'what runs, where, and what the app has written');
  add('seed', 'load more data into the shared instance');
}

const majorOption = (): Option =>
  new Option(
    '--major <major...>',
    "PostgreSQL of the shared instance, then more to move to: 15, 17, 18 (Debian's packages, fetched once)",
  ).argParser((text: string, before?: readonly number[]) => [...(before ?? []), positive(text)]);

const driverOption = (): Option =>
  new Option('--driver <driver>', 'what runs the tasks').choices(['exec', 'docker']).default('exec');

const labText = (result: unknown): string =>
  Object.entries(result as Record<string, unknown>)
    .flatMap(([key, value]) => entryLines(key, value))
    .join('\n');

const entryLines = (key: string, value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return [line(key, String(value))];
  if (!Array.isArray(value)) return Object.entries(value).map(([name, one]) => line(`  ${name}`, String(one)));
  if (value.every((row) => typeof row === 'string')) return [line(key, value.join(', '))];
  return tableRows(value as Record<string, unknown>[]).map((text, at) => line(at === 0 ? key : '', text));
};

/** Names of the columns, then the values, in columns. */
function tableRows(rows: readonly Record<string, unknown>[]): string[] {
  const cells = [
    Object.keys(rows[0] ?? {}),
    ...rows.map((row) => Object.values(row).map((value) => String(value ?? '-'))),
  ];
  const width = (column: number): number => Math.max(...cells.map((row) => (row[column] ?? '').length));
  return cells.map((row) =>
    row
      .map((text, column) => text.padEnd(width(column) + 2))
      .join('')
      .trimEnd(),
  );
}

const line = (key: string, text: string): string => `  ${key.padEnd(14)} ${text}`;
