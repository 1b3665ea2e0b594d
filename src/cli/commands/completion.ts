import { Argument, type Command } from 'commander';
import { isDbctlError } from '../../errors/dbctl-error.js';
import type { CompletionDocument } from '../../report/completion-document.js';
import { candidates } from '../completion/candidates.js';
import { COMPLETIONS, FILES, SHELLS, type Shell } from '../completion/shells.js';
import { jsonOption } from '../options.js';
import type { CliDeps } from '../session.js';

export function addCompletionCommand(program: Command, deps: CliDeps): void {
  program
    .command('completion')
    .summary('a script that lets a shell complete commands, flags and the services of the inventory')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ source <(dbctl completion bash)\n  $ dbctl completion fish >~/.config/fish/completions/dbctl.fish',
    )
    .action((shell: Shell, flags: { readonly json?: boolean }) => {
      const document: CompletionDocument = { schema: 'dbctl.completion/1', shell, script: COMPLETIONS[shell] };
      deps.io.out(flags.json ? `${JSON.stringify(document, null, 2)}\n` : document.script);
    });
  addCompleteCommand(program, deps);
}

/** For the scripts alone, so in no help: what may come next, a word and its help a line. Never fails: nobody would see why. */
function addCompleteCommand(program: Command, deps: CliDeps): void {
  program.command('complete [words...]', { hidden: true }).action(async (words: string[]) => {
    const found = candidates(program, words, await serviceNames(deps));
    const lines = found === 'files' ? [FILES] : found.map(({ word, help }) => `${word}\t${help}`);
    if (lines.length > 0) deps.io.out(`${lines.join('\n')}\n`);
  });
}

async function serviceNames(deps: CliDeps): Promise<string[]> {
  try {
    return (await deps.inventory({})).inventory.services.map(({ name }) => name);
  } catch (error) {
    if (isDbctlError(error)) return [];
    throw error;
  }
}
