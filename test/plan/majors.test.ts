import { describe, expect, it } from 'vitest';
import type { InventoryService } from '../../src/inventory/types.js';
import { SAME_AS_SOURCE } from '../../src/plan/image.js';
import { versionFindings } from '../../src/plan/majors.js';
import { service, source } from './fixtures.js';

const codes = (more: Partial<InventoryService>, from: Parameters<typeof source>[0]): string[] =>
  versionFindings({ ...service(), ...more }, source({ serverVersion: 160_014, ...from })).map(
    ({ code, level }) => `${level} ${code}`,
  );

describe('what the versions themselves forbid', () => {
  it('a source older than the evidence is written for', () => {
    expect(codes({}, { serverVersion: 120_022 })).toEqual(['blocked SOURCE_TOO_OLD']);
    expect(codes({}, { serverVersion: 130_022 })).toEqual([]);
  });

  it('a tag that says another major than the inventory', () => {
    expect(codes({ image: 'postgres:17', major: 16 }, {})).toEqual(['blocked IMAGE_MAJOR_CONFLICT']);
    expect(codes({ image: 'postgres:17', major: 17 }, {})).toEqual([]);
    expect(codes({ image: 'registry/own', major: 17 }, {})).toEqual([]);
  });

  it.each([
    [170_005, ['blocked CLIENT_TOO_OLD']],
    [170_006, []],
    [160_009, ['blocked CLIENT_TOO_OLD']],
    [150_013, ['blocked CLIENT_TOO_OLD']],
    [180_000, []],
  ])('the same image, when its release is %i', (serverVersion, found) => {
    expect(codes({ image: SAME_AS_SOURCE }, { serverVersion })).toEqual(found);
  });

  it('nothing, as long as the server could not be asked', () => {
    expect(codes({ image: SAME_AS_SOURCE }, { serverVersion: 0 })).toEqual([]);
  });
});
