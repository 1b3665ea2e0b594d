import { describe, expect, it } from 'vitest';
import { downtimeOf } from '../../src/pipeline/downtime.js';

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();

describe('downtimeOf', () => {
  it('names each stretch after the work that ends it; the stretches add up to the whole', () => {
    const downtime = downtimeOf([
      { id: 'stop', title: 'app stopped', at: at(10) },
      { id: 'fence', title: 'closed', at: at(11.5) },
      { id: 'dump', title: 'dump', at: undefined },
      { id: 'open', title: 'open', at: at(14) },
    ]);
    expect(downtime).toEqual({
      from: at(10),
      to: at(14),
      parts: [
        { id: 'fence', title: 'closed', seconds: 1.5 },
        { id: 'open', title: 'open', seconds: 2.5 },
      ],
    });
  });

  it('is unknown with fewer than two instants', () => {
    expect(
      downtimeOf([
        { id: 'stop', title: 'app stopped', at: at(1) },
        { id: 'open', title: 'open', at: undefined },
      ]),
    ).toBeUndefined();
  });
});
