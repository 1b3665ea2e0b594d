import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { mirrorIn } from '../../lab/docker/debian-mirror.js';
import { dockerdArgv } from '../../lab/docker/dockerd.js';
import { labFile } from '../../lab/locate.js';
import { type AgentSpec, nomadConfig } from '../../lab/nomad-agent.js';
import { blocksOf, portsOfBlock } from '../../lab/ports.js';

describe("the lab's own Docker daemon", () => {
  it('shares no folder, socket, bridge or control group with that of another lab', () => {
    const one = dockerdArgv({ dir: '/labs/a', number: 3, cgroup: '/dbctl-lab-3' });
    const two = dockerdArgv({ dir: '/labs/b', number: 4, cgroup: '/dbctl-lab-4' });
    const own = /root|pidfile|host|bridge|cgroup/;
    expect(one.filter((word) => two.includes(word) && own.test(word))).toEqual([]);
    expect(one.filter((word) => own.test(word))).toHaveLength(6);
  });

  it('opens no port and touches no firewall', () => {
    const argv = dockerdArgv({ dir: '/labs/a', number: 3, cgroup: 'x' });
    expect(argv.filter((word) => word.startsWith('--host='))).toEqual(['--host=unix:///labs/a/docker/docker.sock']);
    expect(argv).toContain('--iptables=false');
  });
});

describe("Nomad's docker driver in the lab", () => {
  const spec: AgentSpec = {
    ...{ name: 'a', dir: '/labs/a', number: 3, cgroup: '/dbctl-lab-3', ports: portsOfBlock(blocksOf(3)[0] ?? 0) },
  };

  it('never deletes an image or a container that it does not know', () => {
    const docker = { socket: '/labs/a/docker/docker.sock', pauseImage: 'pause:1' };
    expect(nomadConfig({ ...spec, docker }, undefined)).toMatchObject({
      plugin: {
        docker: { config: { gc: { image: false, dangling_containers: { enabled: false } }, allow_privileged: false } },
      },
    });
  });

  it('is not configured in a lab without containers', () => {
    expect(nomadConfig(spec, undefined)['plugin']).not.toHaveProperty('docker');
  });
});

describe('the mirror', () => {
  const targets = [
    'Packages bookworm-security main http://mirror.example/security/',
    'Translations bookworm main http://mirror.example/texts/',
    'Packages bookworm contrib http://mirror.example/other/',
    'Packages bookworm main http://mirror.example/debian/',
  ].join('\n');

  it("is that of the machine's own suite", () => {
    expect(mirrorIn(targets, 'bookworm')?.url).toBe('http://mirror.example/debian/');
  });

  it('is not guessed for a suite that apt does not know', () => {
    expect(mirrorIn(targets, 'trixie')).toBeUndefined();
  });
});

describe("the stand-in's entrypoint", () => {
  const entrypoint = (args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync('/bin/sh', [labFile('docker', 'docker-entrypoint.sh'), ...args], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', ...env },
    });

  it('runs any other command as it is', () => {
    expect(entrypoint(['printf', '%s|', 'a b', "it's"]).stdout).toBe("a b|it's|");
  });

  it('passes the exit code of that command on', () => {
    expect(entrypoint(['sh', '-c', 'exit 7']).status).toBe(7);
  });
});
