import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDatabase } from '../../lab/apps/freshrss/config-php.js';
import { appOf } from '../../lab/index.js';
import { EVERY, type EveryService } from './every-service.js';
import { explain } from './expectations.js';

/** The story of `--all`, told alike whatever runs the tasks; each test builds on the one before. */
export function itMovesEveryService(lab: () => EveryService): void {
  it('all by priority in one go', { timeout: 900_000 }, async () => {
    const run = await lab().world.dbctl('migrate', '--all', '--yes', '--no-rehearse', '--json');
    expect(run.code, explain(run)).toBe(0);
  });

  it.each(EVERY)('%s is alive on its own database, with all it had and all it wrote', async (service) => {
    await lab().expectOnItsOwn(service);
  });

  it('the file that freshrss keeps for itself names its own database, for both of its tasks', async () => {
    const { world } = lab();
    const stats = await world.stats('freshrss');
    const file = await readFile(join(appOf(world.lab, 'freshrss').ledgerDir, 'config.php'), 'utf8');
    expect(readDatabase(file)).toMatchObject({
      host: `127.0.0.1:${stats.serverPort}`,
      user: 'freshrss',
      base: 'freshrss',
    });
  });

  it('the shared instance is not stopped while something is left on it', async () => {
    const run = await lab().world.dbctl('decommission', '--yes', '--confirm', 'postgresql', '--json');
    expect(run.code, explain(run)).toBe(3);
    expect(run.json.error).toMatchObject({ code: 'DECOMMISSION_GATE' });
    expect(run.json.error?.details.join('\n')).toContain('grafana is not finalized');
  });

  itGoesOnWithoutTheSharedInstance(lab);
}

function itGoesOnWithoutTheSharedInstance(lab: () => EveryService): void {
  it('all are finalized in one go, and the shared instance is empty and can go', { timeout: 600_000 }, async () => {
    const finalized = await lab().world.dbctl('finalize', '--all', '--yes', '--json');
    expect(finalized.code, explain(finalized)).toBe(0);
    expect((await lab().sharedDatabases()).toSorted()).toEqual(['postgres', 'template0', 'template1']);
    const decommission = (...more: string[]) =>
      lab().world.dbctl('decommission', '--yes', '--confirm', 'postgresql', '--json', ...more);
    // What freshrss was installed with still stands in its jobspec; it reads its own file.
    const refused = await decommission();
    expect(refused.json.error?.details, explain(refused)).toEqual([
      'job freshrss, task freshrss names the shared instance in its settings',
    ]);
    const run = await decommission('--ignore-job', 'freshrss');
    expect(run.code, explain(run)).toBe(0);
    expect(run.json.status).toBe('ok');
    expect((await decommission()).json.status).toBe('nothing-to-do');
  });

  it.each(EVERY)('%s goes on without the shared instance, nothing lost', async (service) => {
    await lab().world.untilWriting(service);
    await lab().expectWhole(service);
  });
}
