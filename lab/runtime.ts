import { EXEC_DRIVER, type JobDriver } from './job-driver.js';
import type { AgentSpec } from './nomad-agent.js';
import type { PostgresInstall } from './prerequisites.js';

/** How the lab's jobs are written, and who owns the data of its PostgreSQL. */
export interface PreparedRuntime {
  readonly driver: JobDriver;
  readonly uid: number;
  readonly gid: number;
}

/** What runs the lab's tasks: the chroot of the exec driver, or containers. */
export interface Runtime extends Pick<AgentSpec, 'docker'> {
  /** Waits for the root folder where it needs one; afterwards jobs can be run. */
  prepare(rootfs: Promise<string>): Promise<PreparedRuntime>;
}

export const execRuntime = ({ uid, gid }: PostgresInstall): Runtime => ({
  prepare: async (rootfs) => {
    await rootfs;
    return { driver: EXEC_DRIVER, uid, gid };
  },
});
