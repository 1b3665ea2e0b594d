import { describe, expect, it } from 'vitest';
import { chainsIn, deletions, splitRule } from '../../lab/firewall.js';
import { belongsTo, rootMountOf, rootOptionsOf } from '../../lab/processes.js';
import { mountsUnder } from '../../lab/remains.js';

const DIR = '/state/labs/a';

describe('what belongs to a lab', () => {
  it('is a process whose root or data folder is inside', () => {
    expect(
      belongsTo(
        { root: `${DIR}/nomad/alloc/1/app`, rootMount: '/', rootOptions: 'rw', cwd: '/', argv: ['/usr/bin/node'] },
        DIR,
      ),
    ).toBe(true);
    expect(
      belongsTo(
        { root: '/', rootMount: '/', rootOptions: 'rw', cwd: `${DIR}/volumes/1/pgdata`, argv: ['postgres'] },
        DIR,
      ),
    ).toBe(true);
  });

  it('is a task in a mount namespace of its own, whatever file system the folder is on', () => {
    const task = { root: '/', rootOptions: 'rw', cwd: '/', argv: ['sleep'] };
    expect(belongsTo({ ...task, rootMount: `${DIR}/nomad/alloc/1/t//deleted` }, DIR)).toBe(true);
    expect(belongsTo({ ...task, rootMount: '/labs/a/nomad/alloc/1/t' }, DIR)).toBe(true);
    expect(belongsTo({ ...task, rootMount: '/labs/b/nomad/alloc/1/t' }, DIR)).toBe(false);
    const mountinfo = '22 1 8:1 /x /proc rw - a b c\n23 1 8:1 /state/labs/a/nomad/alloc/1/t / rw - ext4 d rw\n';
    expect(rootMountOf(mountinfo)).toBe('/state/labs/a/nomad/alloc/1/t');
  });

  it('is a container whose root is laid over a folder of it', () => {
    const mountinfo =
      '700 600 0:52 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b,upperdir=/state/labs/a/docker/data/overlay2/x/diff\n' +
      '701 700 0:53 / /proc rw - proc proc rw\n';
    const container = { root: '/', rootMount: rootMountOf(mountinfo), cwd: '/', argv: ['postgres'] };
    const rootOptions = rootOptionsOf(mountinfo);
    expect(belongsTo({ ...container, rootOptions }, DIR)).toBe(true);
    expect(belongsTo({ ...container, rootOptions }, '/state/labs/b')).toBe(false);
  });

  it('is an agent or one of its helpers, known by program and folder', () => {
    expect(
      belongsTo(
        { root: '/', rootMount: '/', rootOptions: 'rw', cwd: DIR, argv: ['/cache/nomad-1.11.1', 'logmon'] },
        DIR,
      ),
    ).toBe(true);
    expect(
      belongsTo(
        {
          root: '/',
          rootMount: '/',
          rootOptions: 'rw',
          cwd: '/',
          argv: ['/usr/bin/vault', 'server', `-config=${DIR}/vault.json`],
        },
        DIR,
      ),
    ).toBe(true);
  });

  it("is not a person's shell, editor or pager in the folder", () => {
    expect(belongsTo({ root: '/', rootMount: '/', rootOptions: 'rw', cwd: DIR, argv: ['-bash'] }, DIR)).toBe(false);
    expect(
      belongsTo(
        { root: '/', rootMount: '/', rootOptions: 'rw', cwd: '/root', argv: ['tail', '-f', `${DIR}/nomad.log`] },
        DIR,
      ),
    ).toBe(false);
  });

  it('is nothing of a lab whose name only begins alike', () => {
    expect(
      belongsTo(
        {
          root: `${DIR}b/rootfs`,
          rootMount: `${DIR}b/nomad/alloc/1/app`,
          rootOptions: `rw,upperdir=${DIR}b/docker/data/overlay2/x/diff`,
          cwd: `${DIR}b`,
          argv: ['nomad', `-config=${DIR}b/nomad.json`],
        },
        DIR,
      ),
    ).toBe(false);
  });

  it('lists mounts below the folder deepest first, with blanks read', () => {
    const mountinfo = [
      `1 0 8:1 / / rw - ext4 /dev/a rw`,
      `2 1 0:5 / ${DIR}/nomad/alloc/1/app/secrets rw - tmpfs t rw`,
      `3 1 0:5 / ${DIR}/nomad rw - tmpfs t rw`,
      `4 1 0:5 / ${DIR}/with\\040blank rw - tmpfs t rw`,
      `5 1 0:5 / ${DIR}b rw - tmpfs t rw`,
    ].join('\n');
    expect(mountsUnder(DIR, mountinfo)).toEqual([
      `${DIR}/nomad/alloc/1/app/secrets`,
      `${DIR}/with blank`,
      `${DIR}/nomad`,
    ]);
  });

  it('turns appended rules into deletions and keeps quoted comments in one word', () => {
    const rules = [
      '-P INPUT ACCEPT',
      '-N CNI-1',
      '-A POSTROUTING -s 10.89.3.2/32 -m comment --comment "name: \\"nomad\\" id" -j CNI-1',
      '-A X -j Y',
    ];
    expect(chainsIn('nat', rules)).toEqual(['nat CNI-1']);
    expect(deletions(rules, (rule) => rule.includes(' 10.89.3.'))).toEqual([
      ['-D', 'POSTROUTING', '-s', '10.89.3.2/32', '-m', 'comment', '--comment', 'name: "nomad" id', '-j', 'CNI-1'],
    ]);
    expect(splitRule('a "" b')).toEqual(['a', '', 'b']);
  });
});
