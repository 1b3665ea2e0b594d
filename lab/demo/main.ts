/** npm run demo: the whole story on a real cluster, in front of your eyes. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pc from 'picocolors';
import { auditLedger, type LabHandle, labDown, labUp } from '../index.js';
import { packageRoot } from '../locate.js';
import { auditLine, databaseOf, downtimeBar } from './story.js';

const NAME = 'demo';
const keep = process.argv.includes('--keep');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const heading = (text: string): void => say(`\n${pc.bold(pc.cyan(`== ${text}`))}`);
const interrupt = new AbortController();
process.on('SIGINT', () => interrupt.abort());
process.on('SIGTERM', () => interrupt.abort());

/** Runs dbctl as a person would, its own progress on this terminal. */
function dbctl(lab: LabHandle, ...args: string[]): Promise<void> {
  say(pc.dim(`$ dbctl ${args.join(' ')}`));
  const child = spawn(process.execPath, [join(packageRoot(), 'bin/dbctl.mjs'), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DBCTL_CONFIG: join(lab.home, 'dbctl.yaml') },
  });
  interrupt.signal.addEventListener('abort', () => child.kill('SIGINT'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`dbctl ${args[0]} ended with ${code}`))));
  });
}

/** The app's own words, and the ledger that is kept outside the database. */
async function show(lab: LabHandle, since?: string): Promise<boolean> {
  const audit = await auditLedger(lab);
  say(`  the app's database   ${await databaseOf(lab)}`);
  say(`  acknowledged writes  ${auditLine(audit)}`);
  if (since) say(`  ${downtimeBar(audit, since)}`);
  return audit.missing.length === 0 && audit.doubled.length === 0;
}

const MOVE = ['--yes', '--confirm', 'speedtest'];

async function story(lab: LabHandle): Promise<boolean> {
  const jobspec = join(lab.home, 'jobs/src/speedtest.nomad.hcl');
  const before = await readFile(jobspec);
  heading('Before: speedtest shares one PostgreSQL with five other services');
  const healthy = [await show(lab)];
  await dbctl(lab, 'plan', 'speedtest');

  heading('Move: rehearse, then move, while the app keeps writing');
  const moved = new Date().toISOString();
  await dbctl(lab, 'migrate', 'speedtest', ...MOVE);
  heading('After: its own database, in its own task group');
  healthy.push(await show(lab, moved));

  heading('Way back: every row written since comes along');
  const returned = new Date().toISOString();
  await dbctl(lab, 'rollback', 'speedtest', ...MOVE);
  heading('After the way back');
  healthy.push(await show(lab, returned));
  const equal = before.equals(await readFile(jobspec));
  say(`  the jobspec          ${equal ? 'byte for byte as before' : 'DIFFERS from the one before'}`);
  return equal && healthy.every(Boolean);
}

async function main(): Promise<number> {
  say('This brings up a real Nomad, a real Vault and a shared PostgreSQL on this machine,');
  say(`moves one service out and back again, and then ${keep ? 'leaves the lab up (--keep)' : 'removes everything'}.`);
  const options = { name: NAME, scale: 5, say: (line: string) => say(pc.dim(`  ${line}`)), signal: interrupt.signal };
  try {
    heading('Lab');
    const good = await story(await labUp(options));
    say(
      good
        ? pc.green('\nNo acknowledged write was lost, none was doubled.')
        : pc.red('\nThe ledger and the database differ.'),
    );
    return good ? 0 : 4;
  } finally {
    if (keep) say(`\nThe lab is still up: dbctl lab status --name ${NAME} · dbctl lab down --name ${NAME}`);
    else await labDown({ name: NAME, say: options.say });
  }
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return interrupt.signal.aborted ? 130 : 1;
});
