import { type Command, InvalidArgumentError, Option } from 'commander';

export const jsonOption = (): Option => new Option('--json', 'one JSON document on stdout, with a versioned schema');
export const configOption = (): Option =>
  new Option('-c, --config <file>', 'inventory to use (default: dbctl.yaml upward, DBCTL_CONFIG)');
export const yesOption = (): Option => new Option('-y, --yes', 'do not ask');
export const confirmOption = (): Option =>
  new Option('--confirm <service>', 'the name of the service, in place of typing it');

/** Flags of every command that changes a service. */
export function withMoveOptions(command: Command): Command {
  return command
    .addOption(yesOption())
    .addOption(confirmOption())
    .addOption(jsonOption())
    .addOption(configOption())
    .option('--resume', 'go on with the run that was interrupted');
}

/** `45`, `45s`, `2m`: seconds. */
export function seconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m)?$/.exec(text);
  if (!match?.[1]) throw new InvalidArgumentError('expected a duration like 45s or 2m');
  return Number(match[1]) * (match[2] === 'm' ? 60 : 1);
}

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a positive number');
  return value;
}
