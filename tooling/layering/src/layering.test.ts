import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it } from 'vitest';
import { checkLayering } from './check.js';
import { formatFailure } from './failure.js';
import { floors } from './floors.js';

describe('the packages and apps of this repository', () => {
  const found = checkLayering(repositoryRoot());

  it('are all looked at', () => {
    expect([...found.keys()]).toEqual(readWorkspace(repositoryRoot()).map((one) => one.folder));
    expect(found.size).toBeGreaterThan(0);
  });

  it.each([...found.keys()])('%s keeps to its floor', (folder) => {
    expect(found.get(folder)?.map(formatFailure)).toEqual([]);
  });
});

describe('the table', () => {
  it('points downwards only', () => {
    for (const [name, { floor, ours }] of Object.entries(floors)) {
      const targets = ours === 'anything' ? [] : ours;
      for (const target of targets) {
        const downwards = (floors[target]?.floor ?? Infinity) < floor;
        const withinFloorOne = floor === 1 && target === 'core-events';
        expect(downwards || withinFloorOne, `${name} -> ${target}`).toBe(true);
      }
    }
  });
});
