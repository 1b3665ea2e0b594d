import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from '../fault.js';
import type { Chain, Kills, Verb } from './chain.js';
import type { CrashLab } from './crash-lab.js';
import { inEveryRow, insideEveryEffect } from './kills.js';
import { type MatrixPart, matrixPage } from './matrix-page.js';
import { finalize, migrate, provision, rollback } from './verbs.js';

const PAGE = join(import.meta.dirname, '../../../docs/crash-matrix.md');
const HOUR = 3_600_000;
const COLUMNS: readonly Kills[] = [inEveryRow('before'), insideEveryEffect, inEveryRow('after')];

/** The whole matrix, one run for each column; the page is written anew after each verb, of all that was seen by then. */
export function everyCell(lab: () => CrashLab): void {
  const parts: MatrixPart[] = [];
  const wrote = (part: MatrixPart): string => {
    parts.push(part);
    writeFileSync(PAGE, matrixPage(parts));
    return part.ends;
  };

  fault(
    13,
    'kill -9 at every boundary of a migrate, and of a rollback',
    async () => {
      const [move, back] = [migrate('speedtest'), rollback('speedtest')];
      const [moved, home] = [await lab().undisturbed(move), await lab().undisturbed(back)];
      const seen: [Chain[], Chain[]] = [[], []];
      for (const kills of COLUMNS) {
        for (const [at, verb, end] of [
          [0, move, moved],
          [1, back, home],
        ] as const) {
          const killed = await lab().killed(verb, kills);
          seen[at].push(killed);
          await lab().expectEnd(verb, killed, end);
        }
      }
      wrote(partOf('migrate', seen[0]));
      wrote(partOf('rollback', seen[1]));
      return endsOf(seen.flat());
    },
    HOUR,
  );

  fault(
    13,
    'kill -9 at every boundary of a provision',
    async () => {
      const made = provision('fresh');
      const end = await lab().undisturbed(made);
      const seen: Chain[] = [];
      for (const kills of COLUMNS) {
        await lab().forget('fresh');
        const killed = await lab().killed(made, kills);
        seen.push(killed);
        await lab().expectEnd(made, killed, end);
      }
      return wrote(partOf('provision', seen));
    },
    HOUR,
  );

  fault(
    13,
    'kill -9 at every boundary of a finalize',
    async () => {
      const services = ['speedtest', 'gitea', 'vaultwarden'];
      const seen: Chain[] = [];
      for (const [at, kills] of COLUMNS.entries()) {
        const verb: Verb = finalize(services[at] ?? '');
        await lab().run(migrate(services[at] ?? ''));
        seen.push(await lab().finalized(verb, kills));
      }
      return wrote(partOf('finalize', seen));
    },
    HOUR,
  );
}

function partOf(title: string, chains: readonly Chain[]): MatrixPart {
  return { title, outcomes: chains.flatMap((chain) => chain.outcomes), ends: endsOf(chains) };
}

function endsOf(chains: readonly Chain[]): string {
  const kills = chains.reduce((all, { outcomes }) => all + outcomes.length, 0);
  return `${kills} kills in ${chains.length} runs; each run ended as an undisturbed one does, and once more there was nothing to do.`;
}
