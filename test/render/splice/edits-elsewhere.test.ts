import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadHcl } from '../../../src/render/splice/load-hcl.js';
import { type SpliceOptions, spliceDatabase } from '../../../src/render/splice/splice-database.js';
import { unsplice } from '../../../src/render/splice/unsplice.js';
import { golden } from '../golden.js';
import { bridgeCase, hostCase } from './cases.js';

const hcl = await loadHcl();

interface Edit {
  readonly anchor: string;
  readonly text: string;
}

/** Lines of the operator's own that occur once before and once after the splice, so that the same edit fits both. */
function anchors(before: string, after: string): string[] {
  const once = (text: string, line: string): boolean => text.split('\n').filter((one) => one === line).length === 1;
  return before
    .split('\n')
    .filter((line) => line.trim() !== '' && once(before, line) && once(after, line) && !inHeredoc(before, line));
}

const inHeredoc = (text: string, line: string): boolean => {
  const before = text.slice(0, text.indexOf(line));
  return (before.match(/<<-?EO[HF]/g)?.length ?? 0) > (before.match(/^\s*EO[HF]$/gm)?.length ?? 0);
};

const comment = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `# ${text.replace(/[\r\n\0]/g, ' ')}`);

function edit(text: string, edits: readonly Edit[]): string {
  return edits.reduce(
    (all, { anchor, text: added }) => all.replace(`\n${anchor}\n`, () => `\n${added}\n${anchor}\n`),
    text,
  );
}

test.each([
  ['speedtest-host', hostCase],
  ['speedtest-bridge', bridgeCase],
] satisfies [string, SpliceOptions][])(
  '%s: what the operator wrote elsewhere survives the way back',
  (name, options) => {
    const before = golden(`${name}.before.nomad.hcl`);
    const after = spliceDatabase(hcl, before, options).text;
    const places = anchors(before, after);
    expect(places.length).toBeGreaterThan(15);
    fc.assert(
      fc.property(
        fc.array(fc.record({ anchor: fc.constantFrom(...places), text: comment }), { maxLength: 5 }),
        (edits) => {
          expect(unsplice(hcl, edit(after, edits))).toBe(edit(before, edits));
        },
      ),
      { numRuns: 60 },
    );
  },
);
