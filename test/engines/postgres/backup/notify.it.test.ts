import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shQuote } from '../../../../src/shared/quote.js';
import { type BackupPlace, backupPlace, runPlaced } from '../../../support/backup.js';
import { Canary } from '../../../support/canary.js';
import { freePort, startCluster, type TestCluster, writeAsPostgres } from '../../../support/postgres.js';
import { ProcessWatch } from '../../../support/process-watch.js';
import type { StepResult } from '../../../support/toolbox.js';

interface Taken {
  readonly method: string;
  readonly url: URL;
  readonly type: string;
  readonly body: unknown;
}

const SECRET = 'tk-Zq7Lw2Xc9Vb4Nm1';

/** Takes everything, but on the paths of those that misbehave. */
async function postbox() {
  const taken: Taken[] = [];
  const answer = (url: URL, response: ServerResponse): void => {
    if (url.pathname.startsWith('/hang')) return;
    if (url.pathname.startsWith('/trickle')) {
      response.writeHead(500);
      const timer = setInterval(() => response.write('x'), 200);
      response.on('close', () => clearInterval(timer));
      return;
    }
    if (url.pathname.startsWith('/moved')) response.writeHead(301, { location: '/elsewhere' });
    else response.writeHead(url.pathname.startsWith('/broken') ? 500 : 204);
    response.end();
  };
  const server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? '', 'http://postbox');
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8') || 'null');
      taken.push({ method: request.method ?? '', url, type: request.headers['content-type'] ?? '', body });
      answer(url, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<unknown> =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { taken, address: `http://127.0.0.1:${port}`, stop };
}

const BOTH = 'success failure';

describe('messages about a backup', () => {
  let server: TestCluster;
  let box: Awaited<ReturnType<typeof postbox>>;
  const canary = new Canary();
  canary.add('the token in the addresses', SECRET);
  beforeAll(async () => {
    [server, box] = await Promise.all([startCluster(), postbox()]);
    await server.createDatabase('one');
  });
  afterAll(async () => {
    await box.stop();
    await server.stop();
  });

  const placeWith = (database: string, notifiers: readonly (readonly [kind: string, url: string, on: string])[]) => {
    const rows = notifiers.flatMap(([kind, , on], at) => [
      [`NOTIFY_${at + 1}_KIND`, kind],
      [`NOTIFY_${at + 1}_ON`, on],
    ]);
    const place = backupPlace(server, [database], {
      ...Object.fromEntries(rows),
      NOTIFY: String(notifiers.length),
      NOTIFY_WAIT: '3',
    });
    const urls = notifiers.map(([, url], at) => `NOTIFY_${at + 1}_URL=${shQuote(url)}\n`).join('');
    writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'notify.env'), urls);
    return place;
  };

  /** Runs it while every process of the machine and every file of the task is looked at for the token. */
  const watched = async (place: BackupPlace) => {
    const leaks = new Set<string>();
    const look = (): void => {
      const finds = canary.inFiles(server.scratch, (path) => /\/(?:secrets|tools)$/.test(path));
      for (const find of finds) leaks.add(find);
    };
    const watch = new ProcessWatch(canary, () => false, look);
    watch.start();
    const before = box.taken.length;
    const result = await runPlaced(place);
    await watch.stop();
    look();
    expect(watch.looked).toBeGreaterThan(0);
    expect([...watch.finds, ...leaks, ...canary.in('output', result.stdout + result.stderr)]).toEqual([]);
    return { result, taken: box.taken.slice(before) };
  };

  const everyKind = () =>
    [
      ['ntfy', `${box.address}/topic?auth=${SECRET}`, BOTH],
      ['discord', `${box.address}/api/webhooks/1/${SECRET}`, BOTH],
      ['gotify', `${box.address}/message?token=${SECRET}`, BOTH],
      ['healthchecks', `${box.address}/ping/${SECRET}/?create=1`, BOTH],
      ['webhook', `${box.address}/hook/${SECRET}`, BOTH],
    ] as const;

  it('reach each service as its API wants them, and those only that want this one', async () => {
    const place = placeWith('one', [...everyKind(), ['webhook', `${box.address}/failures`, 'failure']]);
    const { result, taken } = await watched(place);
    expect(result.code, result.stdout).toBe(0);
    expect(place.catalog().problem).toBeNull();
    expect(new Set(taken.map(({ method, type }) => `${method} ${type}`))).toEqual(new Set(['POST application/json']));
    const [id] = place.ids();
    const message = `shop: backup ${id}`;
    expect(taken.map(({ url, body }) => [url.pathname + url.search, body])).toEqual([
      [
        `/topic?auth=${SECRET}&template=yes&title=%7B%7B.title%7D%7D&message=%7B%7B.message%7D%7D&priority=3`,
        { title: 'backup success', message },
      ],
      [`/api/webhooks/1/${SECRET}`, { content: `backup success: ${message}`, allowed_mentions: { parse: [] } }],
      [`/message?token=${SECRET}`, { title: 'backup success', message, priority: 6 }],
      [`/ping/${SECRET}/?create=1`, { note: message }],
      [
        `/hook/${SECRET}`,
        {
          schema: 'dbctl.notify/1',
          ...{ service: 'shop', event: 'success', kind: 'manual', id, error: '' },
          at: place.catalog().attempts[0]?.at,
        },
      ],
    ]);
  });

  it('tell why a backup failed, whatever its words are', async () => {
    const odd = `@everyone "gone" \\ {{.x}} é`;
    const place = placeWith(odd, everyKind());
    const before = box.taken.length;
    expect((await runPlaced(place)).code).toBe(23);
    const taken = box.taken.slice(before);
    const error = place.catalog().attempts[0]?.error ?? '';
    expect(error).toMatch(/^@everyone "gone" .*does not exist/);
    expect(taken.map(({ body }) => body)).toMatchObject([
      { message: `shop: ${error}` },
      { content: `backup failure: shop: ${error}`, allowed_mentions: { parse: [] } },
      { priority: 8 },
      { note: `shop: ${error}` },
      { event: 'failure', id: '', error },
    ]);
    expect(taken[0]?.url.searchParams.get('priority')).toBe('4');
    expect(taken[3]?.url.pathname + (taken[3]?.url.search ?? '')).toBe(`/ping/${SECRET}/fail?create=1`);
  });

  it('tell of a drill to those who want to hear of drills, once, and the catalog has it at once', async () => {
    const place = placeWith('one', [
      ['webhook', `${box.address}/backups`, BOTH],
      ['healthchecks', `${box.address}/ping/drills`, 'drill'],
      ['webhook', `${box.address}/drills`, 'failure drill'],
    ]);
    const drilled = (run: string, outcome: string, note: string): Promise<StepResult> =>
      runPlaced(place, {
        script: 'drilled.sh',
        env: {
          DRILL_RUN: run,
          DRILL: JSON.stringify({ run, at: '2026-11-28T03:00:00Z', status: outcome === 'success' ? 'ok' : 'failed' }),
          ...{ DRILL_OUTCOME: outcome, DRILL_NOTE: note },
        },
      });
    const before = box.taken.length;
    const good = await drilled('20261128-030000-ab12', 'success', 'restored');
    expect(good.code, good.stdout).toBe(0);
    await drilled('20261128-030000-ab12', 'success', 'restored');
    await drilled('20261129-030000-cd34', 'failure', `DRILL_STALE: it's "old"`);
    expect(box.taken.slice(before).map(({ url, body }) => [url.pathname, body])).toMatchObject([
      ['/ping/drills', { note: 'shop: restored' }],
      ['/drills', { event: 'drill', kind: 'drill', error: '' }],
      ['/ping/drills/fail', { note: `shop: DRILL_STALE: it's "old"` }],
      ['/drills', { event: 'drill', error: `DRILL_STALE: it's "old"` }],
    ]);
    expect(place.catalog().drills).toMatchObject([{ status: 'ok' }, { status: 'failed' }]);
    expect(place.catalog().problem).toBeNull();
  });

  it('that nobody takes do not make the backup fail, and are told in the catalog until they are taken', async () => {
    const closed = await freePort();
    const place = placeWith('one', [
      ['webhook', `${box.address}/broken/${SECRET}`, BOTH],
      ['gotify', `${box.address}/hang?token=${SECRET}`, BOTH],
      ['ntfy', `http://127.0.0.1:${closed}/${SECRET}`, BOTH],
      ['discord', `${box.address}/trickle/${SECRET}`, BOTH],
      ['webhook', `${box.address}/moved/${SECRET}`, BOTH],
      ['webhook', '', BOTH],
      ['webhook', `${box.address}/last/${SECRET}`, BOTH],
    ]);
    const { result, taken } = await watched(place);
    expect(result.code, result.stdout).toBe(0);
    expect(place.ids()).toHaveLength(1);
    const { problem, attempts } = place.catalog();
    expect(attempts).toMatchObject([{ status: 'ok' }]);
    const lost = [
      'notify 1 (webhook): 500, notify 2 (gotify): no answer, notify 3 (ntfy): no answer',
      'notify 4 (discord): 500, notify 5 (webhook): 301, notify 6 (webhook): no answer',
    ].join(', ');
    expect(problem).toBe(`the message of ${attempts[0]?.at} was not taken: ${lost}`);
    expect(taken.at(-1)?.url.pathname).toBe(`/last/${SECRET}`);
    const fine = [1, 2, 3, 4, 5, 6, 7].map((at) => `NOTIFY_${at}_URL='${box.address}/fine'\n`);
    writeAsPostgres(join(place.env.NOMAD_SECRETS_DIR, 'notify.env'), fine.join(''));
    await runPlaced(place);
    expect(place.catalog().problem).toBeNull();
  });
});
