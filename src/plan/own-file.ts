import type { InventoryService, RepointCommands } from '../inventory/types.js';
import { splitHostPort } from './connection-text.js';
import type { AppEnvironment } from './facts.js';
import type { AppPreset, AppTask } from './locate.js';

/** How the app's own tool reads and changes its address; `null` for apps that are told by env or a rendered file. */
export const repointOf = (service: Pick<InventoryService, 'repoint'>, preset: AppPreset): RepointCommands | null =>
  preset.repoint === undefined ? null : (service.repoint ?? preset.repoint);

/** `host[:port] database user`, as the tool printed it; in words what is wrong with the answer otherwise. */
export const ownFileEnvironment = (
  { group, task, preset }: AppTask,
  lines: readonly string[],
): AppEnvironment | string => {
  const words = (lines.find((line) => line.trim() !== '') ?? '').trim().split(/\s+/);
  const [address, database, role] = words;
  if (words.length !== 3 || address === undefined || database === undefined || role === undefined)
    return 'the app\'s own tool did not print "host:port database user"';
  const [host, port] = splitHostPort(address);
  return {
    ...{ group, task, preset: preset.id, host, port: port === null ? null : Number(port) },
    ...{ databases: [database], role, ownFile: true, unreadable: null },
  };
};

/** The address as the app's file has it, so that the way back writes the very same. */
export const ownAddress = (app: readonly AppEnvironment[]): string | undefined => {
  const owner = app.find(({ ownFile, host }) => ownFile && host !== null);
  return owner === undefined ? undefined : [owner.host, owner.port].filter((part) => part !== null).join(':');
};
