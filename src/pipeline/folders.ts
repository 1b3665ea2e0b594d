import { fileName } from '../shared/file-name.js';
import type { MoveContext } from './context.js';

/** A folder of one database on the backup volume; the same for one database and for many. */
export const dumpFolder = ({ plan, run }: Pick<MoveContext, 'plan' | 'run'>, database: string, name = 'dump'): string =>
  `/backups/${plan.service}/${run}/${fileName(database)}/${name}`;

export type EvidenceFolder = 'rehearsal' | 'rollback' | 'proof';

/** Evidence of one database, beside the run's report; of the move itself when no part is named. */
export const evidenceFolder = (
  { evidenceDir }: Pick<MoveContext, 'evidenceDir'>,
  database: string,
  part?: EvidenceFolder,
): string => [evidenceDir, fileName(database), ...(part === undefined ? [] : [part])].join('/');

/** A toolbox run that works on one database. */
export const stepOf = (step: string, database: string): string => `${step}/${fileName(database)}`;
