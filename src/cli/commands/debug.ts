import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { DebugReport } from '../../report/debug-report.js';
import { bytes, plural } from '../../ui/text.js';
import { type Bundle, debugBundle } from '../../usecases/debug.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface DebugFlags extends GlobalFlags {
  readonly out?: string;
}

export function addDebugCommand(program: Command, deps: CliDeps): void {
  program
    .command('debug')
    .summary(
      'a bundle for somebody who helps: versions, inventory, status, plan, journals, outlines of jobs; no secret',
    )
    .option('--out <file>', 'where to write it (dbctl-debug-<time>.tar.gz)')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl debug --out problem.tar.gz')
    .action(async (flags: DebugFlags) => {
      const session = await deps.examine(flags);
      await session.access();
      const bundle = await debugBundle(session, deps.version);
      const file = resolve(flags.out ?? `dbctl-debug-${stamp(session.clock.now())}.tar.gz`);
      announce(deps, bundle);
      const size = await session.files.writeArchive(file, bundle.entries);
      const report = reportOf(file, size, bundle);
      deps.io.out(
        flags.json
          ? `${JSON.stringify(report, null, 2)}\n`
          : `ok  ${file}, ${bytes(size)}: look through it before you give it away\n`,
      );
    });
}

const stamp = (now: Date): string => now.toISOString().replaceAll(/[-:]|\.\d+/g, '');

/** Before anything is written. */
function announce({ io }: CliDeps, { entries, missing }: Bundle): void {
  io.err(`dbctl: ${plural(entries.length, 'file')} will be in it\n`);
  for (const { name, text } of entries) io.err(`  ${name}  ${bytes(Buffer.byteLength(text))}\n`);
  for (const name of missing) io.err(`  warn  ${name} holds only why it could not be read\n`);
}

const reportOf = (file: string, size: number, { entries, missing }: Bundle): DebugReport => ({
  ...{ schema: 'dbctl.debug/1', file, bytes: size, missing },
  files: entries.map(({ name, text }) => ({ name, bytes: Buffer.byteLength(text) })),
});
