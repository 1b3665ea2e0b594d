import { afterAll, beforeAll, describe } from 'vitest';
import { EveryService } from './every-service.js';
import { itMovesEveryService } from './every-service-moves.js';

let lab: EveryService;

// The first time on a machine this installs Docker and debootstrap and makes an image: minutes.
beforeAll(async () => {
  lab = await EveryService.up('e2e-all-docker', 'docker');
}, 600_000);

afterAll(async () => {
  await lab?.world.down();
});

// In this order: each builds on the one before.
describe('every service of the lab in containers, its app under load', { shuffle: false }, () => {
  itMovesEveryService(() => lab);
});
