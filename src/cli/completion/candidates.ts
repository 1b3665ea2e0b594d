import type { Command, Option } from 'commander';

/** One word that may come next, and what it is for. */
export interface Candidate {
  readonly word: string;
  readonly help: string;
}

/** `files`: a path is meant, which the shell knows better. */
export type Candidates = readonly Candidate[] | 'files';

/** Words after `dbctl`, the last one being typed, perhaps still empty. `services`: names from the inventory. Pure. */
export function candidates(program: Command, words: readonly string[], services: readonly string[]): Candidates {
  const before = words.slice(0, -1);
  const typed = words.at(-1) ?? '';
  const { command, positional, open } = walk(program, before);
  if (before.includes('--')) return 'files';
  if (open) return valuesOf(open);
  if (typed.startsWith('-')) return starting(optionsOf(command, before), typed);
  const verbs = command.commands.filter(isShown).map((one) => ({ word: one.name(), help: one.summary() }));
  return starting([...(positional === 0 ? verbs : []), ...argumentsOf(command, positional, services)], typed);
}

interface Place {
  readonly command: Command;
  /** How many arguments of the command are there already. */
  readonly positional: number;
  /** The option whose value is typed now. */
  readonly open: Option | undefined;
}

function walk(program: Command, words: readonly string[]): Place {
  let place: Place = { command: program, positional: 0, open: undefined };
  for (const word of words) place = step(place, word);
  return place;
}

function step({ command, positional, open }: Place, word: string): Place {
  if (open) return { command, positional, open: undefined };
  if (word.startsWith('-')) {
    const option = command.options.find((one) => one.long === word || one.short === word);
    return { command, positional, open: option && takesValue(option) ? option : undefined };
  }
  const below = positional === 0 ? command.commands.find((one) => one.name() === word) : undefined;
  return below ? { command: below, positional: 0, open } : { command, positional: positional + 1, open };
}

const takesValue = ({ required, optional }: Option): boolean => required || optional;

/** commander keeps this to itself; a command made with `hidden` is for programs. */
const isShown = (command: Command): boolean => !(command as unknown as { readonly _hidden?: boolean })._hidden;

function valuesOf({ argChoices, flags }: Option): Candidates {
  if (argChoices) return argChoices.map((word) => ({ word, help: '' }));
  return /<(file|dir|folder)>/.test(flags) ? 'files' : [];
}

/** Each is offered once. */
const optionsOf = ({ options }: Command, before: readonly string[]): Candidate[] =>
  options.flatMap(({ long, short, description, hidden }) =>
    !long || hidden || before.includes(long) || (short && before.includes(short))
      ? []
      : [{ word: long, help: description }],
  );

function argumentsOf(command: Command, positional: number, services: readonly string[]): Candidate[] {
  const target = defaultOf(command, positional);
  const argument = target.registeredArguments[positional];
  if (argument?.argChoices) return argument.argChoices.map((word) => ({ word, help: '' }));
  return argument?.name() === 'service' ? services.map((word) => ({ word, help: 'service' })) : [];
}

/** `dbctl backups speedtest` is `dbctl backups list speedtest`. */
function defaultOf(command: Command, positional: number): Command {
  const name = (command as unknown as { readonly _defaultCommandName?: string | null })._defaultCommandName;
  const found = command.commands.find((one) => one.name() === name);
  return positional === 0 && found ? found : command;
}

const starting = (all: readonly Candidate[], typed: string): Candidate[] =>
  all.filter(({ word }) => word.startsWith(typed));
