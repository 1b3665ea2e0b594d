import { expect, it } from 'vitest';
import { tlsDemands } from '../../src/plan/tls-demands.js';

const spec = (...lines: string[]): string => ['env {', ...lines, '}'].join('\n');
const url = (host: string, query: string): string => `  DATABASE_URL = "postgres://web:x@${host}/web${query}"`;
const of = (query: string, ...more: string[]): number[] =>
  tlsDemands(spec(...more, url('10.0.0.9:5432', query)), spec(...more, url('127.0.0.1:5432', query)));

it.each(['?sslmode=require', '?a=b&sslmode=verify-full', '?ssl=true', '?sslmode=VERIFY-CA'])(
  'a connection string that insists on TLS is told by its line: %s',
  (query) => expect(of(query, '  A = "1"')).toEqual([3]),
);

it.each(['', '?sslmode=prefer', '?sslmode=disable', '?ssl=false', '?tlsmode=require'])(
  'one that takes a server without it is not: %s',
  (query) => expect(of(query)).toEqual([]),
);

it('a line that is not pointed at the new database is no matter', () =>
  expect(of('', '  MAIL = "smtp://mail/?sslmode=require"')).toEqual([]));
