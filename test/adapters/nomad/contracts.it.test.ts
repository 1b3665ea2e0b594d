import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nomadAdapter } from '../../../src/adapters/nomad/index.js';
import type { NomadJob } from '../../../src/ports/nomad.js';
import { Secret } from '../../../src/shared/secret.js';
import { jobsContract } from '../../contracts/jobs.contract.js';
import { variablesContract } from '../../contracts/variables.contract.js';
import { volumesContract } from '../../contracts/volumes.contract.js';
import { idleJob, startNomad, type TestNomad } from '../../support/nomad.js';

const run: { nomad?: TestNomad; template?: NomadJob } = {};
const nomad = (): TestNomad => run.nomad ?? expect.fail('no nomad');

beforeAll(async () => {
  run.nomad = await startNomad();
  run.template = await run.nomad.port.parseJob({ Source: idleJob('template'), Format: 'hcl2' });
});
afterAll(() => run.nomad?.stop());

variablesContract('real', { port: () => nomad().port, pass: (ms) => delay(ms) });
jobsContract('real', {
  port: () => nomad().port,
  spec: (id) => ({ ...structuredClone(run.template ?? expect.fail('no template')), ID: id, Name: id }),
});
volumesContract('real', { port: () => nomad().port });

test('the agent tells its version', async () => {
  expect(await nomad().port.agentSelf()).toMatchObject({
    version: expect.stringMatching(/^1\.\d+\.\d+/),
    region: 'global',
    address: nomad().address,
  });
});

test('the plan of a new job says what would be made', async () => {
  const plan = await nomad().port.planJob(run.template ?? expect.fail('no template'));
  expect(plan['Diff']).toMatchObject({ Type: 'Added', ID: 'template' });
});

test('variables of a jobspec are applied, a flag before the file', async () => {
  const Source = `
variable "a" {}
variable "n" { type = number }
variable "l" { type = list(string) }
job "vars" {
  meta {
    a = var.a
    n = var.n
    l = join(",", var.l)
  }
${idleJob('x').split('\n').slice(3).join('\n')}`;
  const parsed = await nomad().port.parseJob({
    Source,
    Format: 'hcl2',
    Variables: 'a = "from the file"\nl = ["x"]\n',
    VariableFlags: { a: 'flag "${wins}" %{x}\nnew line', n: '5', l: '["y", "z"]' },
  });
  expect(parsed['Meta']).toEqual({ a: 'flag "${wins}" %{x}\nnew line', n: '5', l: 'y,z' });
});

test('a missing file is undefined, a folder or a path outside is an error, an empty log is empty', async () => {
  const { ID } = await nomad().run(idleJob('files'));
  expect(await nomad().port.readFile(ID, 'alloc/nope')).toBeUndefined();
  expect(await nomad().port.listFiles(ID, 'alloc/nope')).toEqual([]);
  await expect(nomad().port.readFile(ID, 'alloc')).rejects.toMatchObject({ code: 'NOMAD_REJECTED' });
  await expect(nomad().port.readFile(ID, '../../x')).rejects.toMatchObject({ code: 'NOMAD_REJECTED' });
  expect(await nomad().port.taskLog(ID, 'idle', 'stdout', 1_000)).toBe('hello\n');
  expect(await nomad().port.taskLog(ID, 'idle', 'stderr', 1_000)).toBe('');
  expect(await nomad().port.checks(ID)).toEqual([]);
});

test('twenty megabytes come whole over the fs API, three times of three', async () => {
  const { ID } = await nomad().run(idleJob('big'));
  const make =
    'umask 077; i=0; while [ $i -lt 20 ]; do head -c 1000000 /dev/zero | tr "\\000" "$i"; i=$((i+1)); done >"$NOMAD_ALLOC_DIR/big"';
  await nomad().port.exec({ allocId: ID, task: 'idle', argv: ['/bin/sh', '-c', make], timeoutMs: 30_000 });
  for (let i = 0; i < 3; i++) expect((await nomad().port.readFile(ID, 'alloc/big'))?.length).toBe(20_000_000);
});

test('a watch ends with the reason of its signal', async () => {
  const stop = new AbortController();
  const { index } = await nomad().port.watchAllocations('idle-nothing', 0, 10);
  setTimeout(() => stop.abort(new Error('enough')), 100);
  await expect(nomad().port.watchAllocations('idle-nothing', index + 1_000_000, 20_000, stop.signal)).rejects.toThrow(
    'enough',
  );
});

test('an index from before the server was restored starts again from scratch', async () => {
  expect(await nomad().port.watchAllocations('idle-nothing', 9_000_000, 50)).toMatchObject({ index: 0 });
});

test('neither token nor headers are in any error', async () => {
  const token = new Secret('canary-token-77');
  for (const port of [
    nomadAdapter({ address: 'http://127.0.0.1:1', token }),
    nomadAdapter({ address: nomad().address, token }),
  ]) {
    const errors = await Promise.all(
      [
        port.registerJob({ ID: 'x', TaskGroups: [] }, { enforceIndex: 0 }),
        port.node('zz'),
        port.readFile('zz', 'x'),
      ].map((call) =>
        call.then(
          () => expect.fail('no error'),
          (error: unknown) => error,
        ),
      ),
    );
    const { inspect } = await import('node:util');
    expect(inspect(errors, { depth: 20, showHidden: true })).not.toContain('canary-token-77');
  }
});
