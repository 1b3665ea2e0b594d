import { resolve } from 'node:path';
import type { Command } from 'commander';
import { reportPage } from '../../ui/report-page/page.js';
import { plural } from '../../ui/text.js';
import { reportDocument, reportHtml } from '../../usecases/report.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface ReportFlags extends GlobalFlags {
  readonly out?: string;
}

const USUAL = 'report.html';

export function addReportCommand(program: Command, deps: CliDeps): void {
  program
    .command('report')
    .summary('one HTML page of everything: services, sizes, backups, drills over time, findings, evidence of moves')
    .option('--out <file>', `where to write the page (${USUAL}; with --json only when it is given)`)
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl report --out report.html')
    .action(async (flags: ReportFlags) => {
      const session = await deps.examine(flags);
      await session.access();
      const document = await reportDocument(session);
      const file = flags.out ?? (flags.json ? undefined : USUAL);
      if (file !== undefined) await session.files.write(resolve(file), reportHtml(reportPage(document)));
      if (flags.json) deps.io.out(`${JSON.stringify(document, null, 2)}\n`);
      else
        deps.io.out(
          `ok  ${resolve(file ?? USUAL)}: ${plural(document.services.length, 'service')}, ${plural(document.runs.length, 'run')}\n`,
        );
    });
}
