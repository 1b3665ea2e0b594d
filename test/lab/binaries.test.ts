import { describe, expect, it } from 'vitest';
import { agentEnv, isUsable } from '../../lab/binaries.js';

describe('binaries of the lab', () => {
  it.each([
    ['Nomad v1.11.1\nBuildDate x', true],
    ['Nomad v1.10.0', true],
    ['Nomad v1.9.7', false],
    ['Nomad v2.0.0-beta.1', true],
    ['command not found', false],
  ])('are taken from PATH when new enough: %j is %s', (output, usable) => {
    expect(isUsable('nomad', output)).toBe(usable);
  });

  it("get nothing of the operator's environment, which tasks would inherit", () => {
    expect(Object.keys(agentEnv('/state')).sort()).toEqual(['HOME', 'LANG', 'PATH']);
  });
});
