import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fill, writeHome } from '../../lab/home.js';
import { EXEC_DRIVER, forDriver } from '../../lab/job-driver.js';
import { labDir } from '../../lab/locate.js';
import { appPort, portsOfBlock } from '../../lab/ports.js';
import { parseLdd } from '../../lab/rootfs.js';
import { ALL_SERVICES, SERVICES } from '../../lab/services.js';
import { parseInventory } from '../../src/inventory/parse.js';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dbctl-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe("the pretend operator's repository", () => {
  it('has no mark left unfilled in any file', async () => {
    await writeHome(home, { number: 4, ports: portsOfBlock(12_000) });
    for (const file of ['dbctl.yaml', 'jobs/src/postgresql.nomad.hcl', 'jobs/src/speedtest.nomad.hcl']) {
      expect(await readFile(join(home, file), 'utf8'), file).not.toMatch(/__[A-Z_]+__/);
    }
  });

  it('has a jobspec and an entry of the inventory for every app when all are asked for, none of them with a mark left', async () => {
    await writeHome(home, { number: 4, ports: portsOfBlock(12_000), all: true });
    const inventory = await readFile(join(home, 'dbctl.yaml'), 'utf8');
    const { services } = parse(inventory) as { services: Record<string, { priority: string; jobspec: string }> };
    expect(Object.keys(services).sort()).toEqual([...ALL_SERVICES].sort());
    for (const { jobspec } of [...Object.values(services), { jobspec: 'dbctl.yaml' }])
      expect(await readFile(join(home, jobspec), 'utf8'), jobspec).not.toMatch(/(?<!\w)__[A-Z_]+__(?!\w)/);
    const high = Object.keys(services).filter((service) => services[service]?.priority === 'high');
    expect(high).toEqual(['speedtest', 'freshrss', 'vaultwarden']);
  });

  it('gives every app a port of its own', () => {
    const ports = portsOfBlock(12_000);
    const taken = ALL_SERVICES.map((service) => appPort(ports, service));
    expect(new Set(taken).size).toBe(ALL_SERVICES.length);
    expect(taken.filter((port) => port >= ports.dedicated || port <= ports.postgres)).toEqual([]);
  });

  it('makes every service a clearly separated, repeatable block of the shared init', async () => {
    await writeHome(home, { number: 4, ports: portsOfBlock(12_000) });
    const jobspec = await readFile(join(home, 'jobs/src/postgresql.nomad.hcl'), 'utf8');
    for (const service of SERVICES) {
      expect(jobspec.match(new RegExp(`^-- -+ ${service}$`, 'gm'))).toHaveLength(1);
      expect(jobspec).toContain(`WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${service}')\\gexec`);
    }
  });

  it('is the same text for the same lab', async () => {
    await writeHome(home, { number: 4, ports: portsOfBlock(12_000) });
    const first = await readFile(join(home, 'jobs/src/speedtest.nomad.hcl'), 'utf8');
    await writeHome(home, { number: 4, ports: portsOfBlock(12_000) });
    expect(await readFile(join(home, 'jobs/src/speedtest.nomad.hcl'), 'utf8')).toBe(first);
  });

  it('names the port for dedicated databases in an inventory that is YAML', async () => {
    await writeHome(home, { number: 4, ports: portsOfBlock(12_000) });
    const inventory: unknown = parse(await readFile(join(home, 'dbctl.yaml'), 'utf8'));
    expect(inventory).toMatchObject({ version: 1, defaults: { driver: 'exec', ports: { from: 12_019 } } });
  });

  it('has copies elsewhere that dbctl takes as they are, in a lab with a second site', async () => {
    const tool = { url: 'http://10.88.4.1:12018/rclone', sha256: 'ab'.repeat(32) };
    const recipient = `age1${'q'.repeat(58)}`;
    const offsite = { endpoint: 'http://10.88.4.1:12017', recipient, tools: { rclone: tool, age: tool } };
    await writeHome(home, { number: 4, ports: portsOfBlock(12_000), offsite });
    const { services } = parseInventory(await readFile(join(home, 'dbctl.yaml'), 'utf8'), 'dbctl.yaml');
    expect(services[0]?.backup).toMatchObject({
      offsite: [
        {
          name: 'attic',
          remotePath: 'attic/db',
          secret: 'postgres/offsite/attic',
          options: { type: 's3', provider: 'Rclone' },
        },
      ],
      encrypt: { recipients: [recipient], identity: 'postgres/offsite/age#key' },
      tools: { rclone: tool },
    });
  });

  it('keeps a mark that has no value, so that it shows', () => {
    expect(fill('a __B__ __C__', { B: '1' })).toBe('a 1 __C__');
  });
});

describe('one text for several drivers', () => {
  const text = 'driver = "__DRIVER__"\nconfig {\n    __APP_IMAGE__\n    __HOST_NETWORK__\n    command = "x"\n}\n';

  it('loses the whole line of an image where the driver has none', () => {
    expect(forDriver(text, EXEC_DRIVER)).toBe('driver = "exec"\nconfig {\n    command = "x"\n}\n');
  });

  it('gets the lines of the driver, indented as their mark is', () => {
    const docker = {
      name: 'docker',
      appImage: ['image = "lab/app"'],
      postgresImage: [],
      hostNetwork: ['x = 1'],
    } as const;
    expect(forDriver(text, docker)).toContain('    image = "lab/app"\n    x = 1\n    command');
  });
});

describe('names and paths of a lab', () => {
  it.each(['../x', '', 'A', 'a/b', '-a', 'a'.repeat(33)])('refuse %j as a name', (name) => {
    expect(() => labDir(name)).toThrow(/a lab name is/);
  });

  it('follow DBCTL_LAB_ROOT before the XDG folder', () => {
    expect(labDir('a', { DBCTL_LAB_ROOT: '/x', XDG_STATE_HOME: '/y' })).toBe('/x/dbctl/labs/a');
    expect(labDir('a', { XDG_STATE_HOME: '/y' })).toBe('/y/dbctl/labs/a');
  });

  it('read libraries and the loader from ldd, and nothing else', () => {
    const text =
      '\tlinux-vdso.so.1 (0x00007ffd)\n\tlibpq.so.5 => /lib/x/libpq.so.5 (0x00007f1)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f2)\n\tnot a dynamic executable\n';
    expect(parseLdd(text)).toEqual(['/lib/x/libpq.so.5', '/lib64/ld-linux-x86-64.so.2']);
  });
});
