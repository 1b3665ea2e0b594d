import type { Move, Sight } from './forge-world.js';

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(row)].join('\n');

const HEAD = `# An application nobody here wrote

Gitea 1.26.0, built from its public Go module, keeps its data in PostgreSQL and makes its own schema. In the lab it runs as the
job \`forge\` on the shared instance, is written to through its own API and by \`git push\` the whole time from a process outside of
Nomad that notes every acknowledged write (HTTP 201 and id, or the end of a push), and is moved there and back, then there for
good. Afterwards each acknowledged write is asked for by its id, and the lists of an archive that nobody touches are compared to
the byte; Gitea's own doctor must say the same as before. A 201 without an id, which Gitea gives when its database goes away just
before the answer, counts as unknown. Written by \`UPDATE=1 npx vitest run --project breadth test/e2e/third-party.e2e.test.ts\`; the figures are those of one run.
`;

const seconds = (value: number): string => value.toFixed(1);

const movesTable = (moves: readonly Move[]): string =>
  table(
    [
      '',
      'downtime by the ledger, s',
      'downtime by dbctl, s',
      'wall, s',
      'acknowledged writes so far',
      'lost',
      'twice',
      'changed',
    ],
    moves.map(({ verb, run, wallSeconds, downtimeSeconds, after: { audit } }) => [
      `\`dbctl ${verb} forge\``,
      verb === 'finalize' ? `none (longest wait ${seconds(downtimeSeconds)})` : seconds(downtimeSeconds),
      run.json.downtimeSeconds === null ? '' : seconds(run.json.downtimeSeconds),
      seconds(wallSeconds),
      audit.acknowledged,
      audit.missing.length,
      audit.doubled.length,
      audit.changed.length,
    ]),
  );

const answersTable = (before: Sight, moves: readonly Move[]): string =>
  table(
    ['API list', 'items', 'SHA-256 before', ...moves.map(({ verb }) => `after ${verb}`)],
    before.answers.map(({ path, items, digest }, index) => [
      `\`${path}\``,
      items,
      `\`${digest.slice(0, 12)}\``,
      ...moves.map(({ after }) => (after.answers[index]?.digest === digest ? 'the same' : 'DIFFERENT')),
    ]),
  );

/** Per table: rows counted from outside before and after, and what dbctl compared on both sides while all was closed. */
function rowsTable(before: Sight, moves: readonly Move[]): string {
  const copied = (move: Move, name: string): string => {
    const found = move.run.json.evidence?.databases[0]?.tables.find(
      (item) => item.name.replace(/^public\.|"/g, '') === name,
    );
    return found === undefined ? '' : `${found.rows} ${found.match ? '=' : '≠'}`;
  };
  const ways = moves.filter(({ run }) => (run.json.evidence?.databases[0]?.tables ?? []).length > 0);
  const names = [...before.rows.keys()].filter((name) =>
    [before, ...moves.map(({ after }) => after)].some((sight) => (sight.rows.get(name) ?? 0) > 0),
  );
  return table(
    ['table', 'rows before', ...ways.flatMap(({ verb }) => [`at ${verb}`, 'after']), 'at the end'],
    names.map((name) => [
      `\`${name}\``,
      before.rows.get(name) ?? 0,
      ...ways.flatMap((move) => [copied(move, name), move.after.rows.get(name) ?? 0]),
      moves.at(-1)?.after.rows.get(name) ?? 0,
    ]),
  );
}

export const thirdPartyReport = (before: Sight, moves: readonly Move[]): string => `${HEAD}
## Moves

${movesTable(moves)}

## The API's answers

${answersTable(before, moves)}

## Rows per table

\`=\`: counted and digested on both sides while nobody could write, and equal. The load goes on between the columns.
${before.rows.size} tables in all; those without a row at any time are left out.

${rowsTable(before, moves)}
`;
