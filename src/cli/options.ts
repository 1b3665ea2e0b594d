import { type Command, InvalidArgumentError, Option } from 'commander';
import { DbctlError } from '../errors/dbctl-error.js';

export const jsonOption = (): Option => new Option('--json', 'one JSON document on stdout, with a versioned schema');
export const configOption = (): Option =>
  new Option('-c, --config <file>', 'inventory to use (default: dbctl.yaml upward, DBCTL_CONFIG)');
export const yesOption = (): Option => new Option('-y, --yes', 'do not ask');
export const confirmOption = (): Option =>
  new Option('--confirm <name>', 'the name of the service, in place of typing it');

/** Only for a dedicated database that cannot be read. */
export const fromOption = (): Option =>
  new Option(
    '--from <where>',
    'the dedicated database cannot be read: go back to source, backup or backup:<id>',
  ).argParser((text: string) => {
    if (/^(source|backup(:[A-Za-z0-9-]+)?)$/.test(text)) return text;
    throw new InvalidArgumentError('expected source, backup or backup:<id>');
  });

/** Flags of every command that changes a service. */
export function withMoveOptions(command: Command): Command {
  return command
    .addOption(yesOption())
    .addOption(confirmOption())
    .addOption(jsonOption())
    .addOption(configOption())
    .option('--resume', 'go on with the run that was interrupted')
    .option('--all', 'every service of the inventory, by priority, one after another')
    .option('--keep-going', 'with --all: go on with the next service when one fails');
}

/** `undefined` = all of them. Throws USAGE for neither and for both. */
export function requireOneOrAll(
  verb: string,
  service: string | undefined,
  all: boolean | undefined,
): string | undefined {
  if ((service === undefined) === (all === true)) return service;
  throw new DbctlError('USAGE', service === undefined ? 'which service?' : 'either a service or --all, not both', {
    ...(service === undefined ? {} : { value: service }),
    next: `dbctl ${verb} <service>, or dbctl ${verb} --all`,
  });
}

/** `45`, `45s`, `2m`, `6h`: seconds. */
export function seconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text);
  if (!match?.[1]) throw new InvalidArgumentError('expected a duration like 45s, 2m or 6h');
  return Number(match[1]) * ({ s: 1, m: 60, h: 3600 }[match[2] ?? 's'] ?? 1);
}

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a positive number');
  return value;
}

/** A whole number of at least one. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('expected a whole number of at least 1');
  return Number(text);
}
