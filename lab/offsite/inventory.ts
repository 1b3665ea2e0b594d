import { parseDocument } from 'yaml';
import { type LabOffsite, TARGET } from './servers.js';

/** The operator's inventory with copies elsewhere, as a person would write them into `defaults.backup`. */
export function withOffsite(inventory: string, { endpoint, recipient, tools }: LabOffsite): string {
  const document = parseDocument(inventory);
  const backup = (key: string): readonly string[] => ['defaults', 'backup', key];
  const url = `s3://${TARGET}/db?provider=Rclone&endpoint=${endpoint}`;
  document.setIn(backup('offsite'), document.createNode([{ name: TARGET, url }]));
  document.setIn(
    backup('encrypt'),
    document.createNode({ recipients: [recipient], identity: 'postgres/offsite/age#key' }),
  );
  document.setIn(backup('tools'), document.createNode(tools));
  return document.toString({ lineWidth: 0 });
}
