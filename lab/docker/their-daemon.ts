import { DbctlError } from '../../src/errors/dbctl-error.js';
import { commandExists } from '../run-command.js';
import { EngineApi } from './engine-api.js';

const USUAL = '/var/run/docker.sock';

/**
 * A daemon of the machine that the lab is to use instead of one of its own: the one that DOCKER_HOST names, or the
 * usual one where the lab could not start its own. Undefined when the lab starts its own.
 */
export async function theirDaemon(env: NodeJS.ProcessEnv = process.env): Promise<EngineApi | undefined> {
  const named = env['DOCKER_HOST'];
  if (named?.startsWith('unix://')) return new EngineApi(named.slice('unix://'.length));
  if (await commandExists('dockerd')) return undefined;
  const usual = new EngineApi(USUAL);
  return (await usual.answers()) ? usual : undefined;
}

/** Two Nomad agents on one daemon remove each other's containers. Throws LAB_PREREQUISITE, LAB_STATE. */
export async function checkTheirs(engine: EngineApi): Promise<void> {
  if (!(await engine.answers())) {
    throw new DbctlError('LAB_PREREQUISITE', 'the Docker daemon does not answer', {
      where: engine.socket,
      next: 'unset DOCKER_HOST: the lab then starts a daemon of its own',
    });
  }
  const foreign = await engine.nomadContainers();
  if (foreign.length === 0) return;
  throw new DbctlError('LAB_STATE', "another Nomad's containers are on this Docker daemon", {
    where: engine.socket,
    value: foreign.map((id) => id.slice(0, 12)).join(' '),
    next: 'unset DOCKER_HOST: the lab then starts a daemon of its own (its agent would remove containers it does not know)',
  });
}

/** For the end of a lab: containers of its allocations, and the images it brought. What is not there is fine. */
export async function removeTraces(engine: EngineApi, allocIds: readonly string[]): Promise<void> {
  if (!(await engine.answers())) return;
  for (const id of await engine.nomadContainers(allocIds)) await engine.removeContainer(id);
  for (const name of await engine.imagesOf('dbctl-lab/')) await engine.removeImage(name);
}
