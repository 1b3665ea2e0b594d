import { createHash } from 'node:crypto';
import { PUT_SCRIPT } from '../../src/dataplane/put-script.js';
import { START_SCRIPT } from '../../src/dataplane/start-script.js';
import type { ExecRequest, ExecResult } from '../../src/ports/nomad.js';
import type { FakeAllocs } from './fake-allocs.js';

/** A step that was started: its folder below the allocation's shared one, and the files that were put there. */
export interface StartedStep {
  readonly allocId: string;
  readonly dir: string;
  readonly env: string;
  readonly job: string;
}

export interface ToolboxScript {
  /** Files that every step leaves behind as its results. */
  readonly results?: ReadonlyMap<string, string>;
  /** Does what the step would do; returns its exit code. */
  readonly onStep: (step: StartedStep) => number;
  /** A short script of `inToolbox`: its text and arguments; returns what it prints. */
  readonly onScript: (script: string, args: readonly string[]) => string;
}

/** Answers as a toolbox does: files that are put can be read, a step that is started ends at once. */
export function actAsToolbox(allocs: FakeAllocs, script: ToolboxScript): void {
  allocs.onExec = (request) => {
    const [, , text = '', , first = '', ...rest] = request.argv;
    if (text === PUT_SCRIPT) return put(allocs, request, first, rest);
    if (text === START_SCRIPT) return start(allocs, request, script, first, rest[0] ?? '');
    const inner = /set -eu; umask 077; ([\s\S]*); echo dbctl-done \)/.exec(text)?.[1] ?? '';
    return exited(`${script.onScript(inner, request.argv.slice(4))}dbctl-done\ndbctl-end\n`);
  };
}

const exited = (stdout: string): ExecResult => ({ kind: 'exited', code: 0, stdout, stderr: '' });

function put(allocs: FakeAllocs, { allocId, stdin = '' }: ExecRequest, nonce: string, args: string[]): ExecResult {
  const [root = '', dir = '', tableBytes = '0'] = args;
  const bytes = Buffer.from(stdin);
  let at = Number(tableBytes);
  for (const line of bytes.subarray(0, at).toString().split('\n').filter(Boolean)) {
    const [name = '', , size = '0'] = line.split(' ');
    allocs.files.set(`${allocId}:${root}/${dir}/${name}`, bytes.subarray(at, at + Number(size)).toString());
    at += Number(size);
  }
  return exited(`\n${nonce} stored\n`);
}

function start(
  allocs: FakeAllocs,
  { allocId }: ExecRequest,
  script: ToolboxScript,
  nonce: string,
  dir: string,
): ExecResult {
  const file = (name: string): string => allocs.files.get(`${allocId}:alloc/${dir}/${name}`) ?? '';
  const exit = script.onStep({ allocId, dir, env: file('run.env'), job: file('job.sh') });
  const results = [...(script.results ?? [])].map(([name, text]) => {
    allocs.files.set(`${allocId}:alloc/${dir}/${name}`, text);
    return { name, bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
  });
  const status = { exit, started: '2026-11-28T02:30:00Z', finished: '2026-11-28T02:30:04Z', results };
  allocs.files.set(`${allocId}:alloc/${dir}/status`, JSON.stringify(status));
  return exited(`\n${nonce} started\n${nonce} end\n`);
}
