import type { Api } from './http.js';
import { openApi } from './http.js';

export interface AppStats {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly failed: number;
  /** Rows of the writing loop in the database that the app uses now; null when it cannot be asked. */
  readonly results: number | null;
  readonly database: string | null;
  readonly serverAddress: string | null;
  readonly serverPort: number | null;
  readonly systemIdentifier: string | null;
  readonly lastError: string | null;
  /** Each database by itself, the main one first; absent when the app cannot ask them. */
  readonly databases?: readonly AppDatabaseStats[];
}

export type AppDatabaseStats = {
  readonly [K in 'results' | 'database' | 'serverAddress' | 'serverPort' | 'systemIdentifier']: NonNullable<
    AppStats[K]
  >;
};

/** What nobody writes any more in one database: equal before and after a move. */
export interface AppContent {
  readonly database: string;
  readonly rows: number;
  readonly digest: string | null;
}

/** The app's own HTTP interface. */
export const appApi = (url: string): Api => openApi(url);
/** The app's own reading of its databases. Throws LAB_STATE. */
export const appContent = (url: string): Promise<AppContent[]> => appApi(url).call<AppContent[]>('get', '/content');
export const appStats = (url: string): Promise<AppStats | undefined> => appApi(url).tryCall<AppStats>('get', '/stats');
