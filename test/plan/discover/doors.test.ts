import { describe, expect, it } from 'vitest';
import { doorsOf } from '../../../src/plan/discover/doors.js';
import type { NomadTask } from '../../../src/ports/nomad.js';
import { taskOf } from './world.js';

const spot = (ports: readonly number[]) => ({
  ...{ allocId: 'a', job: 'j', group: 'g', nodeId: 'n', nodeName: 'node-1', address: '10.0.0.5', ports },
});
const doors = (task: NomadTask, values: Record<string, string>, ports: readonly number[] = []) =>
  doorsOf('postgresql', task, { values: new Map(Object.entries(values)), unreadable: null }, spot(ports)).map(
    ({ user, port }) => `${user}@${port ?? 'its socket'}`,
  );

const script = (...args: string[]): NomadTask =>
  taskOf('db', '', { Driver: 'exec', Config: { command: '/opt/entrypoint', args: ['postgres', ...args] } });

describe('how a server is asked', () => {
  it('that an image starts: by the user that the image makes, at the only socket there', () => {
    expect(doors(taskOf('db', 'postgres:16'), {})).toEqual(['postgres@its socket']);
    expect(doors(taskOf('db', 'postgres:16'), { POSTGRES_USER: 'curator', PGPORT: '5440' })).toEqual(['curator@5440']);
  });

  it('that a script starts: by whom it is told of, else by the usual one', () => {
    expect(doors(script('-c', 'fsync=on'), {})).toEqual(['postgres@its socket']);
    expect(doors(script('-p', '5441'), { POSTGRES_USER: 'band' })).toEqual(['band@5441', 'postgres@5441']);
    expect(doors(script(), { POSTGRES_USER_FILE: 'filed', PGUSER: 'postgres' })).toEqual([
      'filed@its socket',
      'postgres@its socket',
    ]);
  });

  it('on the ports that its allocation holds, when it is not where it is told to be', () => {
    expect(doors(script(), { PGPORT: '5432' }, [20_101])).toEqual(['postgres@5432', 'postgres@20101']);
    expect(doors(script(), { PGPORT: '20101' }, [20_101])).toEqual(['postgres@20101']);
    expect(doors(script(), {}, [20_101])).toEqual(['postgres@its socket', 'postgres@20101']);
  });
});
