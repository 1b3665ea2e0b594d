import { describe, expect, it } from 'vitest';
import { type AgentSpec, cgroupName, dynamicPorts, nomadConfig } from '../../lab/nomad-agent.js';
import { blocksOf, LAB_NUMBERS, portsOfBlock } from '../../lab/ports.js';

const spec = (number: number): AgentSpec => ({
  name: `n${number}`,
  dir: `/labs/n${number}`,
  number,
  ports: portsOfBlock(blocksOf(number)[0] ?? 0),
  cgroup: cgroupName(number, false),
});

/** Every number and every path or network in a config, as `key=value`. */
function claims(value: unknown, key = ''): string[] {
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, inner]) =>
      inner === '/' ? [`chroot=${name}`] : claims(inner, `${key}.${name}`),
    );
  const telling = typeof value === 'number' || /^\/labs|^dbctl\d|^\/dbctl|^10\.|^http:/.test(String(value));
  return telling ? [`${key}=${value}`] : [];
}

describe("the config of a lab's Nomad agent", () => {
  it('shares no port, path, bridge, subnet or control group with that of another lab', () => {
    const [one, two] = [3, 4].map((number) => claims(nomadConfig(spec(number), undefined)));
    expect(one?.length).toBeGreaterThanOrEqual(13);
    expect(one?.filter((claim) => two?.includes(claim))).toEqual([]);
  });

  it('keeps to loopback and to the bridge of the lab', () => {
    const text = JSON.stringify(nomadConfig(spec(7), '/opt/cni/bin'));
    expect(text).not.toContain('0.0.0.0');
    expect(nomadConfig(spec(7), '/opt/cni/bin')).toMatchObject({
      bind_addr: '127.0.0.1',
      client: { network_interface: 'dbctl7', bridge_network_subnet: '10.89.7.0/24', cni_path: '/opt/cni/bin' },
    });
  });

  it('lets a task have the 90 seconds that a database may take to stop', () => {
    expect(nomadConfig(spec(0), undefined)).toMatchObject({ client: { max_kill_timeout: '90s' } });
  });

  it("never hands out a dynamic port that is a lab's own or beyond the last", () => {
    for (let number = 0; number < LAB_NUMBERS; number += 1) {
      const { min, max } = dynamicPorts(number);
      expect(min).toBeGreaterThanOrEqual(20_000);
      expect(max).toBeLessThan(32_768);
    }
    expect(dynamicPorts(0).max).toBeLessThan(dynamicPorts(1).min);
  });
});
