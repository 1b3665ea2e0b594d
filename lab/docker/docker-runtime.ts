import type { Say } from '../handle.js';
import type { AgentSpec } from '../nomad-agent.js';
import type { PostgresInstall } from '../prerequisites.js';
import type { RecordKeeper } from '../record-keeper.js';
import type { Runtime } from '../runtime.js';
import { dockerSocket, startDockerd } from './dockerd.js';
import type { EngineApi } from './engine-api.js';
import { ensurePostgresImage, type PostgresImage } from './postgres-image.js';
import { APP_IMAGE, importAppImage, importPauseImage, PAUSE_IMAGE } from './small-images.js';
import { checkTheirs, theirDaemon } from './their-daemon.js';

interface DockerContext {
  readonly keeper: RecordKeeper;
  readonly dir: string;
  readonly number: number;
  readonly cgroup: string;
  readonly install: PostgresInstall;
  /** Of the shared instance first; more are images to move to. */
  readonly majors: readonly [number, ...number[]];
  readonly say: Say;
  readonly signal: AbortSignal;
}

async function daemon(context: DockerContext): Promise<EngineApi> {
  const { keeper, say, signal } = context;
  const theirs = await theirDaemon();
  if (theirs !== undefined) {
    await checkTheirs(theirs);
    await keeper.change(() => ({ dockerSocket: theirs.socket }));
    say(`using the Docker daemon at ${theirs.socket}`);
    return theirs;
  }
  await keeper.change(() => ({ dockerSocket: dockerSocket(context.dir) }));
  const engine = await startDockerd(context, (pid) => keeper.addPid('dockerd', pid), signal);
  say('a Docker daemon of the lab runs');
  return engine;
}

/** Starts or finds the daemon; images come with `prepare`. Throws LAB_PREREQUISITE, LAB_STATE. */
export async function dockerRuntime(context: DockerContext): Promise<Runtime> {
  const engine = await daemon(context);
  const docker: AgentSpec['docker'] = { socket: engine.socket, pauseImage: PAUSE_IMAGE };
  return {
    docker,
    prepare: async (rootfs) => {
      const { majors, install, say } = context;
      const image = (major: number): Promise<PostgresImage> => ensurePostgresImage(engine, major, install.major, say);
      const [[postgres]] = await Promise.all([
        imagesOf(majors, image),
        rootfs.then((dir) => importAppImage(engine, dir)),
        importPauseImage(engine),
      ]);
      return { uid: postgres.uid, gid: postgres.gid, driver: dockerLines(postgres) };
    },
  };
}

/** One after the other: each may take a minute of both the network and the disk. */
async function imagesOf(
  [shared, ...others]: readonly [number, ...number[]],
  make: (major: number) => Promise<PostgresImage>,
): Promise<[PostgresImage, ...PostgresImage[]]> {
  const images: [PostgresImage, ...PostgresImage[]] = [await make(shared)];
  for (const major of others) images.push(await make(major));
  return images;
}

const image = (name: string): string[] => [`image = "${name}"`];

const dockerLines = ({ name }: PostgresImage) =>
  ({
    name: 'docker',
    appImage: image(APP_IMAGE),
    postgresImage: image(name),
    hostNetwork: ['network_mode = "host"'],
  }) as const;
