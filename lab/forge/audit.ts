import { readFile } from 'node:fs/promises';
import { compareLedger, type LedgerAudit, parseLedger } from '../audit.js';
import type { ForgeApi } from './api.js';
import { BUSY, digestOf, type ForgeLine } from './ledger.js';

export interface ForgeAudit extends LedgerAudit {
  /** Acknowledged writes that Gitea shows no more, or otherwise than it did at first. */
  readonly changed: readonly string[];
}

const AT_ONCE = 4;
const TOKEN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

export const readForgeLedger = async (file: string): Promise<ForgeLine[]> =>
  parseLedger(await readFile(file, 'utf8')) as ForgeLine[];

/** Every token that Gitea shows, as often as it shows it. */
async function tokensShown(api: ForgeApi): Promise<string[]> {
  const repo = `/repos/${BUSY}`;
  const issues = await api.all<{ title: string }>(`${repo}/issues?state=all&type=issues`);
  const comments = await api.all<{ body: string }>(`${repo}/issues/comments`);
  const labels = await api.all<{ name: string }>(`${repo}/labels`);
  const commits = await api.all<{ commit: { message: string } }>(`${repo}/commits?stat=false&files=false`);
  const texts = [
    ...issues.map(({ title }) => title),
    ...comments.map(({ body }) => body),
    ...labels.map(({ name }) => name),
    ...commits.map(({ commit }) => commit.message),
  ];
  return texts.flatMap((text) => TOKEN.exec(text)?.[0] ?? []);
}

/** Asks for the very thing that was acknowledged, by its id. */
async function isAsPromised(api: ForgeApi, { what, path = '', digest, token }: ForgeLine): Promise<boolean> {
  const { status, text } = await api.ask('GET', path);
  if (status !== 200 || !text.includes(token)) return false;
  return digest === undefined || digestOf(what, text) === digest;
}

/** Every acknowledged write, asked for through the API. The load must not run meanwhile. */
export async function auditForge(api: ForgeApi, file: string): Promise<ForgeAudit> {
  const ledger = await readForgeLedger(file);
  const acks = ledger.filter(({ kind }) => kind === 'ack');
  const changed: string[] = [];
  const queue = [...acks];
  const work = async (): Promise<void> => {
    for (let line = queue.shift(); line !== undefined; line = queue.shift())
      if (!(await isAsPromised(api, line))) changed.push(`${line.what} ${line.path}`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { ...compareLedger(ledger, await tokensShown(api)), changed };
}
