import { afterAll, beforeAll, expect } from 'vitest';
import { expectNothingLost } from '../e2e/expectations.js';
import { type Chain, explained } from './crash/chain.js';
import { CrashLab } from './crash/crash-lab.js';
import { draws } from './crash/draw.js';
import { endState, onOwnServer } from './crash/end-state.js';
import { everyCell } from './crash/every-cell.js';
import { drawn, thenInUndo } from './crash/kills.js';
import { finalize, migrate, migrateTakenBack, provision, provisionTakenBack, rollback } from './crash/verbs.js';
import { fault } from './fault.js';

/** A run is killed and resumed a dozen times; a busy machine is no failure. */
const LONG_MS = 900_000;
const SEED = Number(process.env['DBCTL_SEED'] ?? Date.now() % 1_000_000);

let lab: CrashLab;
let draw: () => number;

beforeAll(async () => {
  lab = await CrashLab.up('fault-crash');
  draw = draws(SEED);
  process.stdout.write(`crash: DBCTL_SEED=${SEED}\n`);
});

afterAll(() => lab?.down());

function told(...chains: Chain[]): string {
  const outcomes = chains.flatMap(({ outcomes }) => outcomes);
  const slowest = Math.max(...outcomes.map(({ seconds }) => seconds));
  return `killed ${outcomes.length} times and resumed, every second time from another machine, at most ${slowest.toFixed(1)} s each; the end equals an undisturbed run; once more: nothing to do`;
}

if (process.env['DBCTL_FAULTS'] === 'all') everyCell(() => lab);
else everyRowOnce();

/** Each boundary of each verb once; before, inside which effect, or after is drawn. */
function everyRowOnce(): void {
  fault(
    13,
    'kill -9 once in every step of a migrate, then of a rollback',
    async () => {
      const [move, back] = [migrate('speedtest'), rollback('speedtest')];
      const moved = await lab.undisturbed(move);
      const home = await lab.undisturbed(back);
      const there = await lab.killed(move, drawn(draw));
      await lab.expectEnd(move, there, moved);
      const again = await lab.killed(back, drawn(draw));
      await lab.expectEnd(back, again, home);
      return told(there, again);
    },
    LONG_MS,
  );

  fault(
    13,
    'a rollback is killed, its fence opened by a superuser meanwhile; killed again while it is taken back; then asked for once more',
    async () => {
      const back = rollback('speedtest');
      await lab.run(migrate('speedtest'));
      const begun = await lab.killer.run(back.begin, ({ row, mode }) => row === 'back-verify' && mode === 'before');
      expect(begun.hit, explained(begun)).toBeDefined();
      await onOwnServer(lab.world, 'speedtest', 'alter database speedtest connection limit -1;');
      const resume = ['rollback', 'speedtest', '--resume'];
      const cut = await lab.killer.run(resume, ({ row, mode }) => row === 'undo back-restore' && mode === 'after');
      expect(cut.hit, explained(cut)).toBeDefined();
      const resumed = await lab.killer.run(resume);
      expect(resumed.report.status, explained(resumed)).toBe('undone');
      await lab.world.untilWriting();
      await lab.run(back);
      await expectNothingLost(lab.world);
      return `${resumed.report.error?.code}, taken back; the second rollback dumped anew and carried every row written in between`;
    },
    LONG_MS,
  );

  fault(
    13,
    'kill -9 before a move opens, then in every step of its undo',
    async () => {
      const taken = migrateTakenBack('vaultwarden');
      const before = await endState(lab.world, 'vaultwarden');
      const killed = await lab.killed(taken, thenInUndo({ row: 'verify', mode: 'after' }, drawn(draw)));
      await lab.expectEnd(taken, killed, before);
      return told(killed);
    },
    LONG_MS,
  );

  fault(
    13,
    'kill -9 once in every step of a provision, and of its undo',
    async () => {
      const [made, taken] = [provision('fresh'), provisionTakenBack('fresh')];
      const end = await lab.undisturbed(made);
      await lab.forget('fresh');
      const killed = await lab.killed(made, drawn(draw));
      await lab.expectEnd(made, killed, end);
      await lab.forget('fresh');
      const undone = await lab.killed(taken, thenInUndo({ row: 'prove', mode: 'after' }, drawn(draw)));
      return told(killed, undone);
    },
    LONG_MS,
  );

  fault(
    13,
    'kill -9 once in every step of a finalize',
    async () => {
      await lab.run(migrate('speedtest'));
      return told(await lab.finalized(finalize('speedtest'), drawn(draw)));
    },
    LONG_MS,
  );
}
