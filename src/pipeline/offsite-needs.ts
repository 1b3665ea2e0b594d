import type { BackupTool, InventoryService } from '../inventory/types.js';
import { goesElsewhere, toolsPin } from '../plan/backup-part.js';

export interface WantedTool extends BackupTool {
  readonly name: 'rclone' | 'age';
}

/** The programs that a service's copies and messages need, and their folder on the backup volume, named by their sums. */
export interface WantedTools {
  readonly pin: string;
  readonly tools: readonly WantedTool[];
}

/**
 * None for a service that has nothing elsewhere; else all that there are: whoever puts the folder anew, puts it for every
 * service that shares it.
 */
export function wantedTools({ backup }: Pick<InventoryService, 'backup'>): WantedTools {
  const { tools } = backup;
  const names = goesElsewhere(backup) ? (['rclone', 'age'] as const) : [];
  const wanted = names.flatMap((name) => (tools[name] === null ? [] : [{ name, ...tools[name] }]));
  return { pin: toolsPin(tools), tools: wanted };
}

/** What the running job's own backup.env says of what is elsewhere; numbers are those of the variable's items. */
export interface RenderedOffsite {
  readonly pin: string | null;
  readonly targets: readonly string[];
  readonly messages: number;
}

export const needsNothing = ({ targets, messages }: RenderedOffsite): boolean => targets.length + messages === 0;

export function renderedOffsite(backupEnv: string): RenderedOffsite {
  const value = (key: string): string | undefined => new RegExp(`^${key}='?([^'\\n]*)'?$`, 'm').exec(backupEnv)?.[1];
  const count = (key: string): number => Number(value(key) ?? 0);
  return {
    pin: /\/\.tools\/([0-9a-f]{12})$/.exec(value('TOOLS') ?? '')?.[1] ?? null,
    targets: Array.from({ length: count('OFFSITE') }, (_, index) => value(`OFFSITE_${index + 1}_NAME`) ?? ''),
    messages: count('NOTIFY'),
  };
}
