import { framedPsql } from '../../src/adapters/framed-psql.js';
import { nomadAdapter } from '../../src/adapters/nomad/index.js';
import { newestAlloc } from '../e2e/data-volume.js';
import type { LabWorld } from '../e2e/lab-world.js';

/** The task's own value takes the place of the variable. */
const SOCKET = ['$', '{NOMAD_ALLOC_DIR}/pg'].join('');

/** As the superuser of the dedicated server, over its socket; one JSON value a row. */
export async function onDedicated(world: LabWorld, sql: string, database = 'speedtest'): Promise<unknown[]> {
  const nomad = nomadAdapter({ address: world.lab.nomadAddr });
  const allocId = (await newestAlloc(world))?.ID ?? '';
  const port = Number((await world.stats()).serverPort);
  const target = { allocId, task: 'db-backup', database, host: SOCKET, port };
  return await framedPsql(nomad).run(target, `\\set ON_ERROR_STOP on\n${sql}\n`, {});
}
