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
}

/** The app's own HTTP interface. */
export const appApi = (url: string): Api => openApi(url);
export const appStats = (url: string): Promise<AppStats | undefined> => appApi(url).tryCall<AppStats>('get', '/stats');
