import { type Command, InvalidArgumentError, Option } from 'commander';
import { DbctlError } from '../../errors/dbctl-error.js';
import { EXIT } from '../../errors/exit-codes.js';
import type { AdoptReport } from '../../report/adopt-report.js';
import { adoptText } from '../../ui/adopt-text.js';
import { askName } from '../../ui/prompt.js';
import {
  type AdoptDeps,
  type AdoptRequest,
  type AdoptResult,
  adopt,
  presetNames,
  settingRoles,
  undoAdopt,
  writeAdopted,
} from '../../usecases/adopt.js';
import { configOption, jsonOption } from '../options.js';
import type { CliDeps, GlobalFlags } from '../session.js';

type Key = AdoptRequest['keys'][number];

interface AdoptFlags extends GlobalFlags {
  readonly write?: boolean;
  readonly undo?: boolean;
  readonly from: readonly string[];
  readonly image?: string;
  readonly driver?: AdoptRequest['driver'];
  readonly app?: string;
  readonly setting: readonly Key[];
  readonly database: readonly string[];
  readonly role?: string;
}

const EXAMPLES = `
Examples:
  $ dbctl adopt jobs/*.nomad.hcl
  $ dbctl adopt jobs/wiki.nomad.hcl --from postgres --setting WIKI_DB=host:port --write`;

export function addAdoptCommand(program: Command, deps: CliDeps): void {
  program
    .command('adopt <files...>')
    .summary('read jobspecs without a cluster: what asks for PostgreSQL, and each file with a database of its own')
    .option('--write', 'write the files that could be patched')
    .option('--undo', 'take the database part out of the files again, to the byte')
    .option(
      '--from <server>',
      'address or service of the shared server; repeatable (default: whatever the tasks ask for)',
      collect,
      [],
    )
    .option('--image <image>', 'of the new servers (default: of dbctl.yaml, else postgres:17-alpine)')
    .addOption(new Option('--driver <driver>', 'of the new servers').choices(['docker', 'podman', 'exec']))
    .option('--app <preset>', 'which app it is, where neither image nor settings say it', preset)
    .option('--setting <key=role>', 'what a key holds, for an app that is not known; repeatable', setting, [])
    .option('--database <name>', 'where the file does not say it; repeatable', collect, [])
    .option('--role <name>', 'login role of the app, where the file does not say it')
    .addOption(jsonOption())
    .addOption(configOption())
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: AdoptFlags) => run(deps, files, flags));
}

const collect = (value: string, all: readonly string[]): string[] => [...all, value];

function preset(value: string): string {
  if (presetNames().includes(value)) return value;
  throw new InvalidArgumentError('expected a preset of docs/apps.md');
}

function setting(text: string, all: readonly Key[]): Key[] {
  const [, key = '', role = ''] = /^([A-Za-z_][\w.-]*)=([a-z:]+)$/.exec(text) ?? [];
  const found = settingRoles().find((name) => name === role);
  if (found === undefined)
    throw new InvalidArgumentError(`expected KEY=role, the role one of ${settingRoles().join(', ')}`);
  const form = found === 'host' || found === 'port' || found === 'host:port' || found === 'url' ? { form: found } : {};
  // A dotted path is a key of a file that a template makes.
  return [...all, { key, role: found, ...form, ...(key.includes('.') ? { inFile: true as const } : {}) }];
}

async function run(deps: CliDeps, paths: readonly string[], flags: AdoptFlags): Promise<void> {
  if (new Set(paths).size < paths.length)
    throw new DbctlError('USAGE', 'a file is named twice', { value: paths.join(' ') });
  const session = await deps.local(flags);
  const result = flags.undo
    ? await undoAdopt(session, paths)
    : await adoptOnce(deps, session, request(paths, flags), flags);
  const show = (report: AdoptReport): string =>
    flags.json ? `${JSON.stringify(report, null, 2)}\n` : `${adoptText(report, deps.io)}\n`;
  if (!flags.write) deps.io.out(show(result.report));
  else {
    // Shown before it is done, so that what is written was seen even when a disk is full.
    deps.io.err(flags.json ? '' : `${adoptText(result.report, deps.io.errStyle)}\n`);
    deps.io.out(show(await writeAdopted(session, result)));
  }
  deps.setExitCode(exitCode(result.report));
}

/** What a file does not say is asked once, where somebody can answer. */
async function adoptOnce(
  deps: CliDeps,
  session: AdoptDeps,
  wanted: AdoptRequest,
  { json }: AdoptFlags,
): Promise<AdoptResult> {
  const first = await adopt(session, wanted);
  if (!deps.io.interactive || json) return first;
  const answers = new Map<string, { database?: string; role?: string }>();
  for (const [path, asks] of first.asks) {
    for (const what of asks) {
      const name = await askName({
        question: `${path} does not say the ${what} of the app. Its name? (empty: leave it)`,
      });
      if (name !== undefined) answers.set(path, { ...answers.get(path), [what]: name });
    }
  }
  return answers.size === 0 ? first : adopt(session, { ...wanted, answers });
}

const request = (paths: readonly string[], flags: AdoptFlags): AdoptRequest => ({
  ...{ paths, from: flags.from, databases: flags.database, keys: flags.setting },
  ...{ image: flags.image ?? null, driver: flags.driver ?? null, app: flags.app ?? null, role: flags.role ?? null },
});

/** Whatever needs a person most decides. */
const exitCode = ({ files }: AdoptReport): number => {
  if (files.some(({ verdict }) => verdict === 'unreadable')) return EXIT.usage;
  return files.some(({ verdict }) => verdict === 'instructions') ? EXIT.refused : EXIT.ok;
};
