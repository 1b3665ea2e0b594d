import { afterAll, beforeAll, expect } from 'vitest';
import { type ClusterState, clusterState } from '../e2e/cluster-state.js';
import { expectNothingLost, expectOk, explain } from '../e2e/expectations.js';
import type { LabWorld, Run } from '../e2e/lab-world.js';
import type { Exchange, Judge, Verdict } from '../support/proxy/http-proxy.js';
import { fault } from './fault.js';
import {
  asClientsSee,
  every,
  execOf,
  first,
  PASS,
  type ProxiedWorld,
  proxiedWorld,
  vaultToken,
} from './proxied-world.js';

/** A move is dear and each of these must leave it whole, so one move meets them all. */
let proxied: ProxiedWorld;
let world: LabWorld;
let before: ClusterState;
let moved: Run;
let renewals = 0;

const psql = execOf('mkdir "$work/go" || finish');
const registers = ({ method, path, body }: Exchange): boolean =>
  method === 'PUT' && path.startsWith('/v1/jobs') && body.includes('db-gate');
const TTL_SECONDS = 10;

const lostOutput = every(17, psql, { kind: 'lose-output', pass: 1 });
const halfScript = every(23, psql, { kind: 'cut-input', bytes: 600 });
const cutStart = first(execOf('setsid sh'), { kind: 'cut-answer', bytes: 40 }, 2);
const lostRegistration = first(registers, { kind: 'cut-answer' });
/** Only the larger ones reach it, the first of those that are under way at once is cut. */
let halfFiles = 0;
const cutFiles: Judge = (exchange) =>
  halfFiles > 0 || !execOf('.put-$nonce')(exchange)
    ? PASS
    : {
        kind: 'cut-input',
        bytes: 40_000,
        spare: () => halfFiles > 0,
        reached: () => {
          halfFiles += 1;
        },
      };
const BAD_ANSWERS: readonly Verdict[] = [
  { kind: 'answer', status: 429, body: 'slow down' },
  { kind: 'answer', status: 500, body: 'No cluster leader' },
  { kind: 'answer', status: 502, body: 'bad gateway' },
  { kind: 'reset' },
  { kind: 'cut-answer', bytes: 20 },
];
let answers = 0;
const badAnswers: Judge = ({ upgrade }) => {
  answers += upgrade ? 0 : 1;
  return !upgrade && answers % 9 === 0 ? (BAD_ANSWERS[(answers / 9) % BAD_ANSWERS.length] ?? PASS) : PASS;
};

/** The first verdict that is not to pass. */
const judges: readonly Judge[] = [lostRegistration, lostOutput, halfScript, cutStart, cutFiles, badAnswers];
const judge: Judge = async (exchange) => {
  let verdict: Verdict = PASS;
  for (const each of judges) {
    const its = await each(exchange);
    if (verdict.kind === 'pass') verdict = its;
  }
  return verdict;
};

beforeAll(async () => {
  proxied = await proxiedWorld('fault-network');
  world = proxied.world;
  before = await clusterState(world);
  const token = await vaultToken(world, { ttl: `${TTL_SECONDS}s` });
  proxied.nomad.judge(judge);
  proxied.vault.judge(({ path }) => {
    renewals += path.endsWith('/renew-self') ? 1 : 0;
    return PASS;
  });
  moved = await proxied.through.with({ VAULT_TOKEN: token }).move('migrate', '--no-rehearse');
  proxied.calm();
});

afterAll(async () => {
  await proxied?.down();
});

function expectMoved(): void {
  expectOk(moved);
  expect(moved.json.evidence?.match).toBe(true);
}

fault(3, 'what a script printed is lost, its exit code is 0', async () => {
  expectMoved();
  expect(lostOutput.hits, explain(moved)).toBeGreaterThan(1);
  return `${lostOutput.hits} times: not taken for success; the task was asked, the step repeated; moved`;
});

fault(3, 'the job is registered, the answer to it is lost', async () => {
  expectMoved();
  expect(lostRegistration.hits).toBe(1);
  return 'looked before sending again: the very job was there; moved';
});

fault(4, 'the line is cut right after a dump was started, and again when it is asked for', async () => {
  expectMoved();
  expect(cutStart.hits).toBe(2);
  return 'the detached run is found by its id and adopted; moved';
});

fault(45, 'half of an SQL script arrives, the line is cut, its input is never closed', async () => {
  expectMoved();
  expect(halfScript.hits, explain(moved)).toBeGreaterThan(0);
  return `${halfScript.hits} times: not a line of it ran; the task was asked, the step repeated; moved`;
});

fault(45, 'half of the files for a task arrive, the line is cut, their input is never closed', async () => {
  expectMoved();
  expect(halfFiles).toBe(1);
  return 'no file got its name before length and SHA-256 were right; sent again, whole; moved';
});

fault(4, 'one answer of Nomad in nine is 429, 500, 502, reset or cut', async () => {
  expectMoved();
  expect(answers).toBeGreaterThan(100);
  return `${Math.floor(answers / 9)} of ${answers}: reads asked again, changes looked for first; moved`;
});

fault(16, `the token for Vault lives ${TTL_SECONDS} s, the move lasts longer`, async () => {
  const lasted = moved.json.steps.reduce((sum, { seconds }) => sum + seconds, 0);
  expect(lasted).toBeGreaterThan(TTL_SECONDS);
  expect(renewals).toBeGreaterThan(1);
  expectMoved();
  return `renewed ${renewals} times, at half of its life each; moved`;
});

fault(4, 'all of the above in one move: what is left of it, and the way back', async () => {
  await expectNothingLost(world);
  expectOk(await world.move('rollback'));
  await expectNothingLost(world);
  expect(asClientsSee(await clusterState(world))).toEqual(asClientsSee(before));
  return 'no row lost, none doubled, rights and jobspec as before';
});
