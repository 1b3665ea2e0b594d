import { createHash } from 'node:crypto';
import type { ForgeApi } from './api.js';
import { KEEPER } from './keeper.js';

const OWNER = 'archive';
const REPO = `/repos/${OWNER}/letters`;
const COLOURS = ['#d73a4a', '#0075ca', '#a2eeef', '#7057ff', '#008672', '#e4e669'];
const TEXTS = [
  'Naïve façade, 5 µm – “quoted”',
  'Жёлтый ёж и Ωμέγα',
  '日本語の題名と絵文字 🗝️👩‍👩‍👧',
  'مرحبا بالعالم and back\\slashes',
  "O'Brien; DROP TABLE issue; -- $$ %s {{ .Value }}",
  '\ttabs,\r\nline ends & <b>markup</b>',
];

const textOf = (index: number): string => `${TEXTS[index % TEXTS.length]} · ${index}`;

async function fillIssues(api: ForgeApi, count: number): Promise<void> {
  const labels = await api.all<{ id: number }>(`${REPO}/labels`);
  for (let index = 0; index < count; index += 1) {
    const label = labels[index % labels.length]?.id ?? 0;
    const body = Array.from({ length: 1 + (index % 9) }, (_, line) => textOf(index + line)).join('\n\n');
    const issue = { title: textOf(index).replace(/\s+/g, ' '), body, labels: [label], milestone: 1 + (index % 3) };
    const { number } = await api.call<{ number: number }>('POST', `${REPO}/issues`, issue);
    for (let line = 0; line < index % 3; line += 1)
      await api.call('POST', `${REPO}/issues/${number}/comments`, { body: textOf(index * 7 + line) });
    if (index % 4 === 0) await api.call('PATCH', `${REPO}/issues/${number}`, { state: 'closed' });
  }
}

/** People, an organization and a repository with history that nobody touches from then on. */
export async function fillArchive(api: ForgeApi, issues = 60): Promise<void> {
  for (const username of ['ada', 'boris', 'chie'])
    await api.call('POST', '/admin/users', {
      ...{ username, email: `${username}@example.org`, full_name: `${username} Ж`, must_change_password: false },
      password: `never-used-${Math.random()}`,
    });
  await api.call('POST', '/orgs', { username: OWNER, full_name: 'Archive — 資料館', description: TEXTS[2] });
  await api.call('POST', `/orgs/${OWNER}/repos`, { name: 'letters', auto_init: true, default_branch: 'main' });
  for (const [index, color] of COLOURS.entries())
    await api.call('POST', `${REPO}/labels`, { name: `kind ${index} ✓`, color, description: textOf(index) });
  for (const index of [1, 2, 3]) await api.call('POST', `${REPO}/milestones`, { title: `Stage ${index}` });
  await fillIssues(api, issues);
  const release = { tag_name: 'v1', name: textOf(2), body: textOf(3), target_commitish: 'main' };
  await api.call('POST', `${REPO}/releases`, release);
  await api.call('PUT', `${REPO}/topics`, { topics: ['letters', 'old'] }).catch(() => undefined);
  await api.call('POST', `/repos/${OWNER}/letters/contents/note.md`, {
    ...{ branch: 'main', message: textOf(1), content: Buffer.from(textOf(4)).toString('base64') },
  });
}

/** Lists and things whose answers must stay the same to the byte while nobody touches the archive. */
const LISTS = [
  '/admin/users',
  `/users/${KEEPER}/orgs`,
  `/orgs/${OWNER}/repos`,
  `${REPO}/labels`,
  `${REPO}/milestones?state=all`,
  `${REPO}/issues?state=all`,
  `${REPO}/issues/comments`,
  `${REPO}/releases`,
  `${REPO}/branches`,
  `${REPO}/commits`,
];

export interface ListAnswer {
  readonly path: string;
  readonly items: number;
  /** SHA-256 of the whole answer, all pages. */
  readonly digest: string;
}

export async function archiveAnswers(api: ForgeApi): Promise<ListAnswer[]> {
  const answers: ListAnswer[] = [];
  for (const path of LISTS) {
    const items = await api.all<unknown>(path);
    const digest = createHash('sha256').update(JSON.stringify(items)).digest('hex');
    answers.push({ path, items: items.length, digest });
  }
  return answers;
}
