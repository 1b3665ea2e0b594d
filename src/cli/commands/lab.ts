import type { Command } from 'commander';
import { jsonOption, positive } from '../options.js';
import type { CliDeps } from '../session.js';

interface LabFlags {
  readonly name: string;
  readonly scale: number;
  readonly with?: readonly string[];
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

const labText = (result: unknown): string =>
  Object.entries(result as Record<string, unknown>)
    .map(([key, value]) => `  ${key.padEnd(14)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('\n');
