import { isDbctlError } from '../../errors/dbctl-error.js';
import type { AllocationFacts, AppEnvironment, DiskFacts } from '../../plan/facts.js';
import { groupNetwork } from '../../plan/placement.js';
import type { NomadTaskGroup } from '../../ports/nomad.js';
import { askTask } from './ask-task.js';
import type { FactsDeps } from './facts-deps.js';

/** What only the node itself can tell, seen from inside the app's task. */
export interface NodeLook {
  readonly disk: DiskFacts;
  readonly listening: readonly number[];
}

// State 0A of /proc/net/tcp is LISTEN; the port is in hexadecimal behind the last colon of the second column.
const LOOK = `df -Pk "$NOMAD_ALLOC_DIR" || :
echo dbctl-ports
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null || :`;

/** Free disk and open ports, from a shell in the app's first task. Changes nothing; what cannot be read is said in words. */
export const lookAtNode = async (
  deps: Pick<FactsDeps, 'nomad' | 'signal'>,
  group: NomadTaskGroup | undefined,
  app: readonly AppEnvironment[],
  allocations: readonly AllocationFacts[],
): Promise<NodeLook> => {
  const task = app.find((item) => item.group === group?.Name)?.task;
  const allocation = allocations.find((item) => item.group === group?.Name && item.clientStatus === 'running');
  if (group === undefined || task === undefined || allocation === undefined) return unseen('the app does not run');
  // Asked for nothing but the right to ask: once the app is stopped, a token without it would be found too late.
  await deps.nomad.listFiles(allocation.id, '/');
  const lines = await linesOf(deps, allocation.id, task);
  if (typeof lines === 'string') return unseen(lines);
  const ports = lines.indexOf('dbctl-ports');
  return {
    disk: freeOf(lines.slice(0, ports)),
    // In a network of its own the group sees only its own ports.
    listening: groupNetwork(group) === 'host' ? listeningPorts(lines.slice(ports + 1)) : [],
  };
};

const linesOf = async (
  deps: Pick<FactsDeps, 'nomad' | 'signal'>,
  allocId: string,
  task: string,
): Promise<readonly string[] | string> => {
  try {
    const answer = await askTask(deps.nomad, { allocId, task, script: LOOK, args: [] }, deps.signal);
    return 'unreadable' in answer ? answer.unreadable : answer.lines;
  } catch (error) {
    if (isDbctlError(error, 'EXEC_FAILED') || isDbctlError(error, 'EXEC_UNKNOWN')) return error.message;
    throw error;
  }
};

const unseen = (why: string): NodeLook => ({ disk: { freeBytes: null, unreadable: why }, listening: [] });

/** The fourth number of the last line of `df -Pk`, in KiB. */
const freeOf = (lines: readonly string[]): DiskFacts => {
  const match = /\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%\s/.exec(lines.at(-1) ?? '');
  return match === null
    ? { freeBytes: null, unreadable: 'the task has no df' }
    : { freeBytes: Number(match[3]) * 1024, unreadable: null };
};

const listeningPorts = (lines: readonly string[]): number[] => {
  const ports = lines.flatMap((line) => {
    const match = /^\s*\d+:\s+[0-9A-F]+:([0-9A-F]{4})\s+\S+\s+0A\s/.exec(line);
    return match === null ? [] : [Number.parseInt(match[1] ?? '', 16)];
  });
  return [...new Set(ports)].sort((a, b) => a - b);
};
