import type { ClientBase } from 'pg';
import type { Access } from './access.js';

/** One database of an app: how it is reached, made, written to and read. */
export interface AppDatabase {
  readonly access: Access;
  /** Makes or updates the app's own schema. Repeatable. */
  readonly prepare: (client: ClientBase) => Promise<void>;
  /** One row that carries the token; the parameters of the statement come from `values`. */
  readonly insert: string;
  readonly values: (token: string, number: number) => readonly unknown[];
  /** One column `token` for every row that `insert` made, doubles included. */
  readonly tokens: string;
  /** One row `rows, digest` over what nobody writes any more, whole rows in a fixed order. */
  readonly content: string;
}

export interface AppSpec {
  /** The first is the main one. */
  readonly databases: readonly [AppDatabase, ...AppDatabase[]];
  /** File outside the databases, on a volume of the app. */
  readonly ledger: string;
  /** Milliseconds between two writes. */
  readonly everyMs: number;
  /** A task that only works in the background answers nobody. */
  readonly http?: { readonly host: string; readonly port: number };
  /** How often a start asks for the database before the app ends with 1, and the milliseconds in between. */
  readonly patience: { readonly tries: number; readonly everyMs: number };
}
