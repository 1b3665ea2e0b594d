import { describe, expect, it } from 'vitest';
import { IDLE_SECONDS, unusedPrograms } from '../../src/plan/unused-programs.js';

const OLD = IDLE_SECONDS + 1;
const folder = (path: string, idleSeconds = OLD) => ({ path, idleSeconds });

describe('programs and tools that nothing names any more', () => {
  it('go when they were left alone for a week and no text names them', () => {
    const programs = folder('/backups/speedtest/programs/0123456789ab');
    const tools = folder('/backups/.tools/aaaaaaaaaaaa');
    expect(unusedPrograms([programs, tools], [])).toEqual([programs.path, tools.path]);
    expect(unusedPrograms([programs, tools], ['sh /backups/speedtest/programs/0123456789ab/schedule.sh'])).toEqual([
      tools.path,
    ]);
  });

  it('stay while they are named in any form, or were touched lately', () => {
    const path = '/backups/speedtest/programs/0123456789ab';
    expect(unusedPrograms([folder(path)], ['{"PROGRAMS":"0123456789ab"}'])).toEqual([]);
    expect(unusedPrograms([folder(path, IDLE_SECONDS)], [])).toEqual([]);
  });

  it.each([
    '/backups/speedtest/sets/0123456789ab',
    '/backups/.tools/aaaaaaaaaaaa.part',
    '/backups/.tools/aaaaaaaaaaaa.part.12',
    '/backups/.tools/../aaaaaaaaaaaa',
    '/backups/speedtest/programs/mine',
    '/backups/a/b/programs/0123456789ab',
    '/elsewhere/speedtest/programs/0123456789ab',
  ])('nothing else goes: %s', (path) => {
    expect(unusedPrograms([folder(path)], [])).toEqual([]);
  });
});
