import { describe, expect, it } from 'vitest';
import { roleOption } from '../../src/dataplane/psql-session.js';
import type { ExecRequest, ExecResult } from '../../src/ports/nomad.js';
import type { Terminal } from '../../src/ports/terminal.js';
import { psqlOnTerminal, psqlPiped, psqlPlace } from '../../src/usecases/psql.js';
import { database, server, statusWorld } from './status/status-world.js';

const SECRET = 'hunter2-that-nobody-may-see';

/** Takes files as a task does, and ends a session with what `end` says of its nonce. */
function answering(world: ReturnType<typeof statusWorld>, end: (nonce: string) => ExecResult): ExecRequest[] {
  const asked: ExecRequest[] = [];
  world.nomad.allocs.onExec = (request) => {
    asked.push(request);
    const until = request.until ?? '';
    if (until.endsWith(' stored')) return { kind: 'exited', code: 0, stdout: `\n${until}\n`, stderr: '' };
    return end(until.replace(/ end$/, ''));
  };
  return asked;
}

const screen = (): Terminal => ({
  ...{ input: true, screen: true, kind: 'xterm-256color', size: () => ({ columns: 80, rows: 24 }) },
  ...{ onResize: () => () => undefined, read: () => () => undefined, write: async () => undefined },
});

describe('where psql is started', () => {
  it('is the toolbox of a database of its own, by the very socket, as the role of the service', async () => {
    const world = statusWorld();
    const place = await psqlPlace(world.deps, { service: 'speedtest', admin: false });
    expect(place).toMatchObject({ task: 'db-backup', host: '${NOMAD_ALLOC_DIR}/pg', port: 5433 });
    expect(place).toMatchObject({ database: 'speedtest', role: 'speedtest', job: 'speedtest' });
    expect((await psqlPlace(world.deps, { service: 'speedtest', admin: true })).role).toBeNull();
  });

  it("is the shared instance's own task for what lives there, as the owner of the database", async () => {
    const world = statusWorld();
    world.servers.set('postgresql', [server(), database('gitea', { owner: 'Gitea Owner' })]);
    const place = await psqlPlace(world.deps, { service: 'gitea', admin: false });
    expect(place).toMatchObject({ task: 'postgres', host: '', database: 'gitea', role: 'Gitea Owner' });
  });

  it('is nowhere while a run is unfinished: a session would break its fence', async () => {
    const world = statusWorld();
    world.setJournal('migrating');
    const asked = psqlPlace(world.deps, { service: 'speedtest', admin: true });
    await expect(asked).rejects.toMatchObject({ code: 'RUN_UNFINISHED', next: 'dbctl migrate speedtest --resume' });
  });

  it('is refused for a database that is not the service’s', async () => {
    const world = statusWorld();
    const asked = psqlPlace(world.deps, { service: 'gitea', admin: false, database: 'uptimekuma' });
    await expect(asked).rejects.toMatchObject({ code: 'DATABASE_NOT_FOUND', details: ['it has: gitea'] });
    for (const service of ['speedtest', 'gitea']) {
      const own = { service, database: 'postgres' };
      expect((await psqlPlace(world.deps, { ...own, admin: true })).database).toBe('postgres');
      await expect(psqlPlace(world.deps, { ...own, admin: false })).rejects.toMatchObject({
        code: 'DATABASE_NOT_FOUND',
      });
    }
  });
});

describe('psql without a terminal', () => {
  it('gives its output whole and its own exit code; arguments and SQL go over stdin only', async () => {
    const world = statusWorld();
    const asked = answering(world, (nonce) => ({
      ...{ kind: 'exited', code: 0, stderr: '' },
      stdout: `1\n2\n\n${nonce} 3\nERROR:  no\n\n${nonce} end\n`,
    }));
    const place = await psqlPlace(world.deps, { service: 'speedtest', admin: false });
    const end = await psqlPiped(world.deps, place, { args: ['-c', `select '${SECRET}'`], stdin: `\\echo ${SECRET}` });
    expect(end).toEqual({ code: 3, stdout: '1\n2\n', stderr: 'ERROR:  no\n' });
    expect(asked).toHaveLength(2);
    expect(JSON.stringify(asked.map(({ argv }) => argv))).not.toContain(SECRET);
    expect(asked[0]?.stdin).toContain(SECRET);
    expect(asked[1]?.argv.slice(5, 9)).toEqual(['speedtest', '${NOMAD_ALLOC_DIR}/pg', '5433', '-c role=speedtest']);
  });

  it('is of unknown outcome when the end is not heard, and an error when it never began', async () => {
    const world = statusWorld();
    const place = await psqlPlace(world.deps, { service: 'speedtest', admin: false });
    answering(world, () => ({ kind: 'lost', reason: 'cut', stdout: '1\n', stderr: '' }));
    const piped = () => psqlPiped(world.deps, place, { args: [], stdin: 'select 1' });
    await expect(piped()).rejects.toMatchObject({ code: 'EXEC_UNKNOWN' });
    answering(world, () => ({ kind: 'exited', code: 127, stdout: '', stderr: 'dbctl: the task has no psql' }));
    await expect(piped()).rejects.toMatchObject({ code: 'EXEC_FAILED', value: expect.stringContaining('no psql') });
  });

  it('takes no more SQL than the task has room for', async () => {
    const world = statusWorld();
    const place = await psqlPlace(world.deps, { service: 'speedtest', admin: false });
    const stdin = 'x'.repeat(600 * 1024);
    await expect(psqlPiped(world.deps, place, { args: [], stdin })).rejects.toMatchObject({ code: 'USAGE' });
    expect(world.nomad.allocs.execs).toEqual([]);
  });
});

describe('psql on a terminal', () => {
  it('is one attach without arguments, and its exit code is handed on', async () => {
    const world = statusWorld();
    const place = await psqlPlace(world.deps, { service: 'speedtest', admin: true });
    const argvs: (readonly string[])[] = [];
    world.nomad.allocs.onAttach = ({ argv }) => {
      argvs.push(argv);
      return { kind: 'exited', code: 2 };
    };
    const end = await psqlOnTerminal(world.deps, place, { args: [], term: '$(evil)' }, screen());
    expect(end).toEqual({ kind: 'exited', code: 2 });
    expect(argvs[0]?.slice(8)).toEqual(['', '', 'xterm']);
    expect(world.nomad.allocs.execs).toEqual([]);
  });
});

describe('the option that sets the role', () => {
  it.each([
    ['gitea', '-c role=gitea'],
    ['Gitea Owner', '-c role=Gitea\\ Owner'],
    ['a\\b', '-c role=a\\\\b'],
  ])('keeps %j whole', (role, option) => expect(roleOption(role)).toBe(option));
});
