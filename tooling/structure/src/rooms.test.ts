import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it } from 'vitest';
import { readStructure } from './rooms.js';

const packages = readWorkspace(repositoryRoot(), ['packages']).map(({ folder, directory }) =>
  readStructure(folder, directory),
);

describe('the folders and files directly below a src', () => {
  it('are read', () => {
    expect(packages.length).toBeGreaterThan(20);
    expect(packages.every(({ rooms, arrows }) => rooms > 1 && arrows > 0)).toBe(true);
  });

  it.each(packages.map(({ name, upward }) => [name, upward] as const))(
    'import each other in one direction, types included: %s',
    (_, upward) => {
      expect(upward).toEqual([]);
    },
  );
});
