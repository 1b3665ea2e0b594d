import type { Resource } from '../inventory/types.js';
import type { NomadTaskGroup } from '../ports/nomad.js';
import { TASK_NAMES } from './names.js';
import type { DatabasePart, Finding, ServicePlan } from './types.js';

/** Effect of the new tasks on what Nomad reserves for the group: MHz, MiB and running containers. */
export const addedCapacity = (group: NomadTaskGroup, parts: DatabasePart['resources']): ServicePlan['adds'] => {
  const app = group.Tasks.filter((task) => !TASK_NAMES.includes(task.Name)).map(shareOf);
  const added: Share[] = [
    { ...parts.postgres, phase: 'sidecar' },
    { ...parts.toolbox, phase: 'sidecar' },
    { ...parts.init, phase: 'start' },
    { ...parts.init, phase: 'start' },
  ];
  const before = reserved(app);
  const after = reserved([...app, ...added]);
  return { cpu: after.cpu - before.cpu, memory: after.memory - before.memory, containers: 2 };
};

/** The same for a job that holds the database alone. */
export const ownCapacity = (parts: DatabasePart['resources']): ServicePlan['adds'] => ({
  ...reserved([
    { ...parts.postgres, phase: 'main' },
    { ...parts.toolbox, phase: 'sidecar' },
    { ...parts.init, phase: 'main' },
  ]),
  containers: 2,
});

type Phase = 'main' | 'sidecar' | 'start' | 'stop';
type Share = Resource & { readonly phase: Phase };

const shareOf = (task: NomadTaskGroup['Tasks'][number]): Share => ({
  cpu: task.Resources?.CPU ?? 0,
  memory: task.Resources?.MemoryMB ?? 0,
  phase: phaseOf(task.Lifecycle ?? null),
});

const phaseOf = (lifecycle: { Hook: string; Sidecar: boolean } | null): Phase => {
  if (lifecycle?.Hook === 'poststop') return 'stop';
  if (lifecycle?.Hook !== 'prestart') return 'main';
  return lifecycle.Sidecar ? 'sidecar' : 'start';
};

/**
 * Nomad reserves the largest of three phases: start (one-shots and sidecars), main (app and sidecars), stop.
 * Source: AllocatedResources.Comparable in nomad/structs/structs.go, 1.11.1.
 */
export const reserved = (shares: readonly Share[]): Resource => {
  const sum = (...phases: Phase[]): Resource =>
    shares
      .filter((share) => phases.includes(share.phase))
      .reduce((total, share) => ({ cpu: total.cpu + share.cpu, memory: total.memory + share.memory }), {
        cpu: 0,
        memory: 0,
      });
  const all = [sum('start', 'sidecar'), sum('main', 'sidecar'), sum('stop')];
  return { cpu: Math.max(...all.map(({ cpu }) => cpu)), memory: Math.max(...all.map(({ memory }) => memory)) };
};

/**
 * Blocks when the node lacks the room. During the move the old allocation is gone first,
 * so only what is added counts; the rehearsal runs beside the app and needs the same room.
 */
export const capacityFindings = (adds: ServicePlan['adds'], node: ServicePlan['node']): Finding[] => [
  ...shortage('MEMORY_SHORT', 'memory', 'MiB', adds.memory, node.free.memory, node.name),
  ...shortage('CPU_SHORT', 'CPU', 'MHz', adds.cpu, node.free.cpu, node.name),
];

const shortage = (code: string, what: string, unit: string, need: number, free: number, node: string): Finding[] =>
  need <= free
    ? []
    : [
        {
          code,
          level: 'blocked',
          text: `${node} has ${free} ${unit} ${what} free, the database needs ${need} ${unit}`,
          next: `lower resources.postgres.${what.toLowerCase()} of the service, or make room on ${node}`,
        },
      ];
