import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { consulConfig } from '../../lab/consul/consul-agent.js';
import { privateApt } from '../../lab/consul/fetch-consul.js';
import { forConsul } from '../../lab/consul/job-texts.js';
import { labFile } from '../../lab/locate.js';
import { nomadConfig } from '../../lab/nomad-agent.js';
import { portsOfBlock } from '../../lab/ports.js';

const job = (name: string): Promise<string> => readFile(labFile('jobs', `${name}.nomad.hcl`), 'utf8');

describe('a lab with Consul', () => {
  it('has no job that still asks Nomad', async () => {
    for (const name of ['authelia', 'freshrss', 'gitea', 'grafana', 'prowlarr', 'speedtest', 'vaultwarden', 'forge']) {
      const text = forConsul(await job(name));
      expect(text).toMatch(/ service "postgresql"|provider = "consul"/);
      expect(text).not.toMatch(/nomadService|provider = "nomad"|type = "script"/);
    }
  });

  it('has a shared instance whose check runs in its own task', async () => {
    const text = forConsul(await job('postgresql'));
    expect(text.match(/type +=? *"script"/g)).toHaveLength(1);
    expect(text).not.toContain('"tcp"');
  });

  it("serves names on the lab's own address only, and tells Nomad where it is", () => {
    const ports = portsOfBlock(12_000);
    expect(consulConfig('x', 7, ports)).toMatchObject({
      client_addr: '127.0.0.1',
      bind_addr: '10.88.7.1',
      addresses: { dns: '10.88.7.1' },
    });
    const spec = { name: 'x', dir: '/x', number: 7, ports, cgroup: '/x' };
    const config = nomadConfig({ ...spec, consul: '127.0.0.1:8500' }, undefined);
    expect(config['consul']).toMatchObject({ address: '127.0.0.1:8500' });
    expect(JSON.stringify(config)).not.toContain('digitalocean,consul');
    expect(JSON.stringify(nomadConfig(spec, undefined))).toContain('digitalocean,consul');
  });

  it("is fetched by an apt that neither reads nor writes the machine's sources, lists or state", () => {
    const options = privateApt('/r').filter((word) => /^Dir/.test(word));
    expect(options).toHaveLength(6);
    expect(options.filter((word) => !/=(\/r\/|\/dev\/null$)/.test(word))).toEqual([]);
  });
});
