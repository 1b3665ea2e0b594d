import { keyMeaning } from '../../plan/discover/key-words.js';
import { type HclFile, isFetched, type Origin, type SeenSetting } from '../../render/index.js';

/** A setting whose name says that it is a connection string, and whose whole value lies somewhere else. */
export interface FetchedUrl {
  readonly task: string;
  readonly key: string;
  /** 1-based. */
  readonly line: number;
  /** The line as it is written. */
  readonly text: string;
  readonly origins: readonly Origin[];
}

/** Those of one task. Of what engine they are no file tells, unless the key does. */
export const fetchedUrls = ({ source }: HclFile, task: string, settings: readonly SeenSetting[]): FetchedUrl[] =>
  settings
    .filter((setting) => keyMeaning(setting.key)?.role === 'url' && !OTHERS.test(setting.key) && isFetched(setting))
    .filter(({ origins }) => origins.some(({ kind }) => STORES.includes(kind)))
    .map(({ key, line, origins }) => ({
      ...{ task, key, line, origins },
      text: (source.split('\n')[line - 1] ?? '').trim(),
    }));

/** Keys that name an engine which is not PostgreSQL. */
const OTHERS = /MYSQL|MARIA|MONGO|SQLITE|MSSQL/i;
const STORES: readonly Origin['kind'][] = ['vault', 'consul-kv', 'nomad-variable'];
