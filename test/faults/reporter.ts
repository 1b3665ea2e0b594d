import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { type FaultResult, reliabilityPage, rowsOfPage } from './page.js';

const PAGE = join(import.meta.dirname, '../../docs/reliability.md');

/**
 * Tells what failed and why as soon as it is known, and one line a fault when all is over: a run of hours may be cut. With
 * UPDATE=1 each file writes its rows into docs/reliability.md when it has ended.
 */
export default class FaultReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    if (state === 'failed') process.stdout.write([`FAIL  ${test.fullName}`, ...errors.map(why), ''].join('\n'));
  }

  onTestModuleEnd(module: TestModule): void {
    const results = rowsOf(module);
    if (process.env['UPDATE']) writeFileSync(PAGE, reliabilityPage([...untouched(results), ...results]));
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const results = modules.flatMap(rowsOf);
    for (const row of results.sort((a, b) => a.fault - b.fault)) process.stdout.write(`${line(row)}\n`);
  }
}

const why = ({ message, stacks }: TestError): string =>
  [message, ...(stacks ?? []).map(({ file, line }) => `  at ${file}:${line}`)].join('\n');

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
