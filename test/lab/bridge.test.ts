import { describe, expect, it } from 'vitest';
import { freeNumbers } from '../../lab/bridge.js';
import { dynamicPorts } from '../../lab/nomad-agent.js';

describe('number of a lab', () => {
  it('is the first whose bridge, subnet and allocation subnet nobody uses', () => {
    const seen = [
      '5: dbctl0    inet 10.88.0.1/24 scope global dbctl0',
      '6: br9    inet 10.88.1.77/24 scope global br9',
      '10.89.2.0/24 dev other proto kernel',
      '9: dbctl3n    inet 172.16.0.1/16',
    ].join('\n');
    expect(freeNumbers(seen, 7)).toEqual([4, 5, 6]);
  });

  it('gives labs side by side dynamic port ranges that do not meet', () => {
    const ranges = Array.from({ length: 55 }, (_, number) => dynamicPorts(number)).sort((a, b) => a.min - b.min);
    for (const [index, range] of ranges.entries()) expect(range.min).toBeGreaterThan(ranges[index - 1]?.max ?? 0);
    expect(ranges.at(-1)?.max).toBeLessThan(32_768);
  });
});
