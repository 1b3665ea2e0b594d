import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BLOCK, blocksOf, LAB_NUMBERS, pickPorts, portsOfBlock } from '../../lab/ports.js';

const numbers = Array.from({ length: LAB_NUMBERS }, (_, number) => number);

describe('ports of a lab', () => {
  it('lie below the ranges that Nomad and the kernel hand out', () => {
    const all = numbers.flatMap(blocksOf);
    expect(Math.max(...all) + BLOCK).toBeLessThanOrEqual(20_000);
    expect(Math.min(...all)).toBeGreaterThan(1024);
  });

  it('come from blocks of which no two labs share one, and every lab has a second', () => {
    const all = numbers.flatMap(blocksOf);
    expect(new Set(all).size).toBe(all.length);
    for (const number of numbers) expect(blocksOf(number).length).toBeGreaterThanOrEqual(2);
  });

  it('are all different, with room after the first dedicated one and after the port of Vault', () => {
    const ports = Object.values(portsOfBlock(12_000));
    expect(new Set(ports).size).toBe(ports.length);
    expect(ports).not.toContain(portsOfBlock(12_000).vault + 1);
    expect(Math.max(...ports)).toBe(portsOfBlock(12_000).dedicated);
  });

  it('skip a block in which somebody listens, and are none when all are taken', async () => {
    const [first = 0, second = 0] = blocksOf(LAB_NUMBERS - 1);
    const servers = [first + 4, second + 17].map((port) => ({ port, server: createServer() }));
    const listen = async (index: number): Promise<void> => {
      const { port, server } = servers[index] ?? { port: 0, server: createServer() };
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    };
    try {
      await listen(0);
      expect((await pickPorts(LAB_NUMBERS - 1))?.nomadHttp).toBe(second);
      await listen(1);
      expect(await pickPorts(LAB_NUMBERS - 1)).toBeUndefined();
    } finally {
      for (const { server } of servers) server.close();
    }
  });
});
