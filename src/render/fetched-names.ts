import type { DatabasePart } from '../plan/types.js';
import { shQuote, sqlIdent, sqlLiteral } from '../shared/quote.js';
import { hclString } from './helpers/hcl.js';

/** A name that a task reads at run time: from a file of its own into a shell variable, which is psql's variable too. */
export interface FetchedName {
  readonly file: string;
  readonly variable: string;
  readonly what: 'role' | 'database';
  readonly lookup: string;
}

type Named = Pick<DatabasePart, 'databases' | 'role' | 'roleLookup'>;

/** The names of a part that are not known before its job runs. */
export const fetchedNames = (part: Named): FetchedName[] => [...fetchedRole(part), ...fetchedDatabases(part)];

export const fetchedDatabases = ({ databases }: Named): FetchedName[] =>
  databases.flatMap(({ lookup }, at) => (lookup === undefined ? [] : [databaseFile(at, lookup)]));

const fetchedRole = ({ roleLookup: lookup }: Named): FetchedName[] =>
  lookup === undefined ? [] : [{ file: 'role', variable: 'role', what: 'role', lookup }];

const databaseFile = (at: number, lookup: string): FetchedName => ({
  ...{ file: `database-${at + 1}`, variable: `database_${at + 1}`, what: 'database', lookup },
});

/** How SQL and shell write a name: by itself, or by the variable that holds it. */
export interface WrittenName {
  readonly ident: string;
  readonly literal: string;
  readonly word: string;
}

export const writtenRole = ({ role, roleLookup }: Named): WrittenName =>
  roleLookup === undefined ? writtenOut(role) : byVariable('role');

export const writtenDatabase = ({ name, lookup }: DatabasePart['databases'][number], at: number): WrittenName =>
  lookup === undefined ? writtenOut(name) : byVariable(`database_${at + 1}`);

const writtenOut = (name: string): WrittenName => ({
  ident: sqlIdent(name),
  literal: sqlLiteral(name),
  word: shQuote(name),
});

/** psql quotes what it puts in for `:"x"` and `:'x'`. */
const byVariable = (name: string): WrittenName => ({ ident: `:"${name}"`, literal: `:'${name}'`, word: `"$${name}"` });

/** Options that give psql the names, each with a space behind it. */
export const psqlNames = (names: readonly FetchedName[]): string =>
  names.map(({ variable }) => `-v ${variable}="$${variable}" `).join('');

/** A quoted HCL string in which only the file's own variables are filled in by Nomad. */
export const hclLookup = (lookup: string): string =>
  `"${lookup
    .split(/(\$\{(?:var|local)(?:\.\w+)+\})/)
    .map((piece, at) => (at % 2 === 1 ? piece : hclString(piece).slice(1, -1)))
    .join('')}"`;

export const asksVault = (names: readonly FetchedName[]): boolean =>
  names.some(({ lookup }) => /\bsecret\s/.test(lookup));
