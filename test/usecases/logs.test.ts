import { describe, expect, it } from 'vitest';
import { followLogs, logs } from '../../src/usecases/logs.js';
import { requireDocument } from '../support/json-documents.js';
import { statusWorld } from './status/status-world.js';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** As `statusWorld`, and speedtest's allocation has a server too. */
function world() {
  const found = statusWorld();
  const { allocs } = found.nomad;
  allocs.setTask(found.allocOf('speedtest'), 'postgres', { State: 'running' });
  const write = (job: string, task: string, stream: string, text: string): void =>
    void allocs.logs.set(`${found.allocOf(job)}:${task}:${stream}`, text);
  return { ...found, write };
}

describe('logs', () => {
  it("are the server's, the last lines, empty streams left out", async () => {
    const here = world();
    here.write('speedtest', 'postgres', 'stderr', 'a\nb\nc\n');
    const report = await logs(here.deps, { service: 'speedtest', lines: 2 });
    expect(report).toMatchObject({ job: 'speedtest', task: 'postgres' });
    expect(report.streams).toEqual([{ stream: 'stderr', lines: ['b', 'c'] }]);
    requireDocument(plain(report));
  });

  it('of a service on the shared instance are those of that server', async () => {
    const here = world();
    here.write('postgresql', 'postgres', 'stdout', 'ready\n');
    expect(await logs(here.deps, { service: 'gitea', lines: 5 })).toMatchObject({ job: 'postgresql' });
  });

  it('leave out the first line of a tail, which is rarely whole', async () => {
    const here = world();
    here.write('speedtest', 'db-backup', 'stdout', `${'x'.repeat(600)}\nlast\n`);
    const report = await logs(here.deps, { service: 'speedtest', task: 'db-backup', lines: 1 });
    expect(report.streams[0]?.lines).toEqual(['last']);
  });

  it('are read of an allocation that has ended, when none runs', async () => {
    const here = world();
    here.write('speedtest', 'postgres', 'stderr', 'no space\n');
    here.nomad.allocs.end('speedtest');
    const [stream] = (await logs(here.deps, { service: 'speedtest', lines: 5 })).streams;
    expect(stream?.lines).toEqual(['no space']);
  });

  it('name the tasks there are when asked for another', async () => {
    const asked = logs(world().deps, { service: 'speedtest', task: 'postgers', lines: 5 });
    await expect(asked).rejects.toMatchObject({ code: 'USAGE', details: ['tasks: db-backup, postgres'] });
  });

  it('that are followed come a line at a time, characters whole', async () => {
    const here = world();
    const [first, second] = [Buffer.from('one\ntw').subarray(0), Buffer.from('ö\n')];
    here.nomad.port.followLog = async ({ stream }, take) => {
      if (stream === 'stderr') for (const bytes of [first, second.subarray(0, 1), second.subarray(1)]) take(bytes);
    };
    const lines: string[] = [];
    await followLogs(here.deps, { service: 'speedtest', lines: 5 }, (line) => void lines.push(line));
    expect(lines).toEqual(['one', 'twö']);
  });
});
