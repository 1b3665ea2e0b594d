import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { type FaultResult, reliabilityPage, rowsOfPage } from './page.js';

const PAGE = join(import.meta.dirname, '../../docs/reliability.md');

/** Prints one line a fault when all is over; with UPDATE=1 writes docs/reliability.md. */
export default class FaultReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const results = modules.flatMap(rowsOf);
    for (const row of results.sort((a, b) => a.fault - b.fault)) process.stdout.write(`${line(row)}\n`);
    if (process.env['UPDATE']) writeFileSync(PAGE, reliabilityPage([...untouched(results), ...results]));
  }
}

function untouched(results: readonly FaultResult[]): FaultResult[] {
  const again = new Set(results.map(({ fault, injected }) => `${fault} ${injected}`));
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  return rowsOfPage(page).filter(({ fault, injected }) => !again.has(`${fault} ${injected}`));
}

const rowsOf = (module: TestModule): FaultResult[] =>
  [...module.children.allTests()].flatMap((test) => {
    const { fault } = test.meta();
    return fault ? [{ ...fault, passed: test.result().state === 'passed' }] : [];
  });

const line = ({ fault, injected, outcome, passed }: FaultResult): string =>
  `${passed ? 'pass' : 'FAIL'}  ${String(fault).padStart(2)}  ${injected} → ${outcome}`;
