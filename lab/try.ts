/** By hand: `npx tsc -p tsconfig.build.json --outDir /tmp/x && node /tmp/x/lab/try.js up [name] [scale]`, also down, status, audit; a fourth word `all` for every app. */
import { auditLedger, labDown, labSeed, labStatus, labUp } from './index.js';

const [verb = 'status', name = 'default', scale = '5', all] = process.argv.slice(2);
const started = Date.now();
const say = (line: string): void => {
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};

async function audit(): Promise<unknown> {
  const { handle } = await labStatus({ name });
  return handle === undefined ? 'no such lab' : auditLedger(handle);
}

const verbs: Readonly<Record<string, () => Promise<unknown>>> = {
  up: () => labUp({ name, scale: Number(scale), all: all === 'all', say }),
  down: () => labDown({ name, say }),
  seed: () => labSeed({ name, scale: Number(scale), say }),
  status: () => labStatus({ name }),
  audit,
};

const result = await verbs[verb]?.();
process.stdout.write(`${JSON.stringify(result ?? null, null, 2)}\n`);
say('done');
