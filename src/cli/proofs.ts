import type { ProofReport, ProofRound } from '../report/proof-report.js';
import { proofLine } from '../ui/proof-text.js';
import { proveWindow } from '../usecases/prove-window.js';
import { requireOneOrAll } from './options.js';
import type { CliDeps, GlobalFlags } from './session.js';

interface ProofFlags extends GlobalFlags {
  readonly all?: boolean;
  readonly every?: number;
}

/** One line a round, as it ends; with --json the lines go to stderr and one document to stdout at the end. */
export async function runProofs(deps: CliDeps, named: string | undefined, flags: ProofFlags): Promise<void> {
  const service = requireOneOrAll('rollback', named, flags.all);
  const session = await deps.open(flags);
  const say = flags.json ? deps.io.err : deps.io.out;
  const onRound = (round: ProofRound): void => say(`${proofLine(round, deps.io)}\n`);
  const report = await proveWindow(session, { service, everySeconds: flags.every, onRound });
  if (flags.json) deps.io.out(`${JSON.stringify(report, null, 2)}\n`);
  deps.setExitCode(exitCode(report));
}

/** Of the first round that failed; one that was skipped is no failure. */
const exitCode = ({ rounds }: ProofReport): number => rounds.find(({ error }) => error)?.error?.exitCode ?? 0;
