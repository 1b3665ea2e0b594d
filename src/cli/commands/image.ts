import type { Command } from 'commander';
import type { ImageReport } from '../../report/image-report.js';
import { imageText } from '../../ui/image-text.js';
import { createImage, listImages, removeImage, showImage } from '../../usecases/image.js';
import { type ConfirmFlags, confirmName } from '../confirm.js';
import { configOption, confirmOption, jsonOption, yesOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface CreateFlags extends GlobalFlags {
  readonly from?: string;
}

export function addImageCommands(program: Command, deps: CliDeps): void {
  const group = program.command('image').summary('backups with a name, to make new services from');
  group
    .command('create <service> <name>')
    .summary('give a backup a name; retention leaves it alone')
    .option('--from <id>', 'this backup (default: the newest)')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl image create speedtest golden')
    .action(async (service: string, name: string, flags: CreateFlags) => {
      const session = await deps.open(flags);
      show(deps, flags, await createImage(session, { service, name, from: flags.from ?? null }));
    });
  group
    .command('list')
    .summary('the images there are')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl image list')
    .action(async (flags: GlobalFlags) => show(deps, flags, await listImages(await deps.open(flags))));
  group
    .command('show <name>')
    .summary('engine, version, size, extensions and roles of an image')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl image show golden')
    .action(async (name: string, flags: GlobalFlags) =>
      show(deps, flags, await showImage(await deps.open(flags), name)),
    );
  addRemoveCommand(group, deps);
}

function addRemoveCommand(group: Command, deps: CliDeps): void {
  group
    .command('rm <name>')
    .summary('take the name away; retention may then remove the backup')
    .addOption(yesOption())
    .addOption(confirmOption())
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl image rm golden')
    .action(async (name: string, flags: GlobalFlags & ConfirmFlags) => {
      const confirm = (question: string): Promise<void> => confirmName(deps, name, flags, question);
      show(deps, flags, await removeImage(await deps.open(flags), { name, confirm }));
    });
}

const show = (deps: CliDeps, flags: GlobalFlags, report: ImageReport): void =>
  deps.io.out(flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${imageText(report, deps.io)}\n`);
