import { join } from 'node:path';
import type { Command } from 'commander';
import { DbctlError } from '../../errors/dbctl-error.js';
import { init } from '../../usecases/init.js';
import { jsonOption } from '../options.js';
import type { CliDeps } from '../session.js';

interface InitFlags {
  readonly shared?: string;
  readonly out: string;
  readonly print?: boolean;
  readonly json?: boolean;
}

export function addInitCommand(program: Command, deps: CliDeps): void {
  program
    .command('init')
    .summary('write a commented dbctl.yaml from what runs now; changes nothing in the cluster')
    .option('--shared <job>', 'job of the shared PostgreSQL (default: the one most jobs use)')
    .option('-o, --out <file>', 'where to write it', 'dbctl.yaml')
    .option('--print', 'to stdout instead of a file')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ dbctl init --print')
    .action(async (flags: InitFlags) => {
      const { session, from } = await deps.connect();
      const path = join(session.home, flags.out);
      const writes = !flags.print && !flags.json;
      if (writes && (await session.files.read(path)) !== undefined) {
        throw new DbctlError('INVENTORY_EXISTS', 'there is an inventory already', {
          where: path,
          next: 'dbctl init --print, and take over what is new',
        });
      }
      const report = await init(session, { shared: flags.shared, from });
      if (flags.json) return deps.io.out(`${JSON.stringify(report, null, 2)}\n`);
      if (!writes) return deps.io.out(report.text);
      await session.files.write(path, report.text);
      const clear = report.services.filter(({ confidence }) => confidence !== 'unclear').length;
      deps.io.out(
        `ok    ${path} written: ${clear} of ${report.services.length} services are clear, the others are comments in it\nNext  read it, then: dbctl plan\n`,
      );
    });
}
