/** npm run soak [rounds]: there and back again and again, an app writing all the time. Exits 4 when a write is lost. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appOf, appStats, labDown, labUp } from '../../lab/index.js';
import { packageRoot } from '../../lab/locate.js';
import { type Round, runRound } from './run-round.js';
import { soakPage } from './soak-page.js';

const NAME = 'soak';
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rounds = Number(process.argv[2] ?? 20);

const isClean = ({ lost, doubled, strangers }: Round): boolean => lost + doubled + strangers === 0;

function tell(number: number, round: Round): void {
  const ways = [round.there, round.back].map(
    ({ seconds, downtime }) => `${seconds.toFixed(1)} s (${downtime.toFixed(1)} s down)`,
  );
  say(
    `${String(number).padStart(3)}  there ${ways[0]} · back ${ways[1]} · ${round.acknowledged} acknowledged, ${round.lost} lost, ${round.doubled} doubled`,
  );
}

/** A file that goes away while it is counted counts nothing. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function main(): Promise<number> {
  if (!Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write('usage: npm run soak [rounds]\n');
    return 64;
  }
  const state = mkdtempSync(join(tmpdir(), 'dbctl-soak-'));
  const started = performance.now();
  const lab = await labUp({ name: NAME, scale: 5, say });
  const volumes = join(lab.dir, 'volumes');
  const done: Round[] = [];
  let first = 0;
  try {
    for (let number = 1; number <= rounds && done.every(isClean); number++) {
      done.push(await runRound(lab, state));
      tell(number, done[number - 1] as Round);
      if (number === 1) first = await bytesBelow(volumes);
    }
    const stats = await appStats(appOf(lab, 'speedtest').url);
    const minutes = (performance.now() - started) / 60_000;
    const disk = { first, last: await bytesBelow(volumes) };
    const page = soakPage({ rounds: done, rows: stats?.results ?? 0, disk, minutes });
    writeFileSync(join(packageRoot(), 'docs/soak.md'), page);
    say(`\n${page}`);
    return done.every(isClean) ? 0 : 4;
  } finally {
    await labDown({ name: NAME, say });
    rmSync(state, { recursive: true, force: true });
  }
}

process.exitCode = await main();
