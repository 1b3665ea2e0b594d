import { resolve } from 'node:path';
import type { Command } from 'commander';
import { metricsText } from '../../ui/metrics-text.js';
import { metrics } from '../../usecases/metrics.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

interface MetricsFlags extends GlobalFlags {
  readonly textfile?: string;
}

export function addMetricsCommand(program: Command, deps: CliDeps): void {
  program
    .command('metrics')
    .summary('what the catalogs of all backups say, in the text format of Prometheus')
    .option(
      '--textfile <file>',
      "write it there in one rename, for node_exporter's textfile collector (name it *.prom)",
    )
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ dbctl metrics --textfile /var/lib/node_exporter/dbctl.prom')
    .action(async (flags: MetricsFlags) => {
      const session = await deps.open(flags);
      const document = await metrics(session);
      const text = metricsText(document.families);
      if (flags.textfile !== undefined) await session.files.write(resolve(flags.textfile), text);
      if (flags.json) deps.io.out(`${JSON.stringify(document, null, 2)}\n`);
      else if (flags.textfile === undefined) deps.io.out(text);
    });
}
