import { expect, it } from 'vitest';
import { parseServerFiles } from '../../../src/usecases/doctor/server-files.js';

const LINES = [
  'clock 1796000000',
  'uid 70',
  'server postgres (PostgreSQL) 16.4',
  'dump pg_dump (PostgreSQL) 16.4 (Debian 16.4-1.pgdg120+2)',
  'libc musl',
  'data /var/lib/postgresql/data/pgdata',
  'owner 70 700',
  'version 16',
  'made musl',
  'df /dev/vda1 61255492 20129868 37981412 35% /var/lib/postgresql/data',
  'mounts ',
  'overlay / overlay rw,relatime 0 0',
  '/dev/vda1 /var/lib/postgresql/data ext4 rw,noatime 0 0',
  'tmpfs /var/lib/postgresql/database tmpfs rw 0 0',
];

it("reads what a shell in the server's task says", () => {
  expect(parseServerFiles(LINES, { from: 1_796_000_002, to: 1_796_000_009 })).toEqual({
    clock: { task: 1_796_000_000, here: 1_796_000_002 },
    uid: 70,
    data: '/var/lib/postgresql/data/pgdata',
    owner: 70,
    mode: '700',
    mount: { point: '/var/lib/postgresql/data', type: 'ext4', options: 'rw,noatime' },
    freeKb: 37_981_412,
    usedPercent: 35,
    pgVersion: '16',
    libc: 'musl',
    madeUnder: 'musl',
    serverMajor: 16,
    dumpMajor: 16,
  });
});

it('claims nothing of what a task does not tell', () => {
  expect(
    parseServerFiles(['clock 1796000000', 'uid 999', 'server ', 'dump ', 'libc glibc'], { from: 1, to: 2 }),
  ).toMatchObject({
    ...{ data: null, owner: null, mode: null, mount: null, freeKb: null, pgVersion: null, serverMajor: null },
  });
});
