import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabService } from '../../lab/index.js';
import { EveryService } from './every-service.js';
import { itMovesEveryService } from './every-service-moves.js';
import { expectNothingLost, expectOk } from './expectations.js';

let lab: EveryService;

beforeAll(async () => {
  lab = await EveryService.up('e2e-all', 'exec');
});

afterAll(async () => {
  await lab?.world.down();
});

// In this order: each builds on the one before.
describe('every service of the lab, its app under load', { shuffle: false }, () => {
  it.each<LabService>(['vaultwarden', 'freshrss'])(
    '%s there and back, its jobspec byte for byte as before',
    async (service) => {
      const { world } = lab;
      expectOk(await world.moveService(service, 'migrate', '--no-rehearse'));
      await lab.expectOnItsOwn(service);
      expectOk(await world.moveService(service, 'rollback'));
      expect(await world.jobspecText(service)).toBe(lab.before(service).jobspec);
      expect((await world.stats(service)).systemIdentifier).toBe(lab.before(service).system);
      await expectNothingLost(world, service);
    },
  );

  itMovesEveryService(() => lab);
});
