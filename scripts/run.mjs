/** npm run demo | test | check | test:breadth | test:faults | test:all | soak, from a bare clone. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, root } from './bootstrap.mjs';

const [what = '', ...rest] = process.argv.slice(2);
const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
const bin = (path) => join(root, 'node_modules', path);

/** End-to-end tests come after the others, two labs at a time: they mostly wait. */
const SUITES = [
  ['--project', 'unit', '--project', 'integration', '--maxWorkers=3'],
  ['--project', 'e2e', '--maxWorkers=2'],
];

/** What CI adds, and `npm test` has no time for. */
const LONG = [
  ['--project', 'long', '--maxWorkers=3'],
  ['--project', 'stories', '--maxWorkers=2'],
];

const BREADTH = ['--project', 'breadth', '--maxWorkers=2'];

/** Programs that CI runs under dash alone: under busybox too. */
const SHELLS = [
  '--project',
  'integration',
  '--project',
  'long',
  '--maxWorkers=3',
  'test/engines/postgres',
  'test/render/scripts',
];

const FAULTS = ['--project', 'faults', '--maxWorkers=2', '--reporter=./test/faults/reporter.ts'];

/** Of the crash matrix what there is time for each time: every step of a move and of its way back, once. */
const CRASHES = [...FAULTS, 'test/faults/crash.fault.test.ts', '-t', 'in every step of a migrate, then of a rollback'];

const prepared = (run, ...what) => node('dist/lab/prepare.js', ...what) || run();

const commands = {
  demo: () => node('dist/lab/demo/main.js', ...rest),
  soak: () => prepared(() => node('dist/bench/soak/main.js', ...rest)),
  style,
  check: () => style() || timed('unit and architecture tests', () => vitest([['--project', 'unit']])),
  test: () => prepared(() => vitest(suites(rest))),
  breadth: () =>
    prepared(() => vitest(inBreadth(rest.length > 0 ? [[...BREADTH, ...rest]] : [SHELLS, BREADTH])), 'breadth'),
  faults: () => prepared(() => vitest([faults(rest)]), 'majors'),
  all: () => prepared(() => vitest(inBreadth([...SUITES, ...LONG, BREADTH, faults(rest)])), 'breadth', 'majors'),
};

/** The part of `check` that `npm test` does not have. */
function style() {
  return (
    timed('format and lint', () => node(bin('@biomejs/biome/bin/biome'), 'ci', '.')) ||
    timed('types', () => node(bin('typescript/bin/tsc'), '--noEmit'))
  );
}

/** `--ci` adds LONG and CRASHES. Other words are vitest's and replace the usual suites. */
function suites(args) {
  if (args.includes('--ci')) return [...SUITES, ...LONG, CRASHES];
  return args.length > 0 ? [args] : SUITES;
}

function inBreadth(suites) {
  process.env.DBCTL_BREADTH = '1';
  return suites;
}

/** `--all`: the whole crash matrix instead of every boundary once and a sample of the rest. Other words are vitest's. */
function faults(args) {
  if (args.includes('--all')) process.env.DBCTL_FAULTS = 'all';
  return [...FAULTS, ...args.filter((arg) => arg !== '--all')];
}

function timed(title, run) {
  const started = Date.now();
  const status = run();
  process.stderr.write(
    `${status === 0 ? 'ok  ' : 'FAIL'} ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
  );
  return status;
}

/** Runs vitest and closes with one plain line of the real counts; no test run is a failure. */
function vitest(suites) {
  const total = { passed: 0, failed: 0 };
  let status = 0;
  for (const args of suites) {
    const dir = mkdtempSync(join(tmpdir(), 'dbctl-test-'));
    const file = join(dir, 'result.json');
    status =
      node(
        bin('vitest/vitest.mjs'),
        'run',
        ...args,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
      ) || status;
    const { passed, failed } = counts(file);
    total.passed += passed;
    total.failed += failed;
    rmSync(dir, { recursive: true, force: true });
  }
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return status || (total.passed === 0 || total.failed > 0 ? 1 : 0);
}

/** A test file that cannot be loaded has no tests of its own but is a failure too. */
function counts(file) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    const broken = result.testResults.filter(
      (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
    ).length;
    return { passed: result.numPassedTests, failed: result.numFailedTests + broken };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

// The child hears Ctrl-C too and cleans up; this process waits for it.
process.on('SIGINT', () => {});

const command = commands[what];
if (!command) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(commands).join('|')}\n`);
  process.exit(64);
}
await bootstrap();
process.exitCode = command();
