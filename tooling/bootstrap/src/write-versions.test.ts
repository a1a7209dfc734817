import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { versionFile, versionFiles } from './write-versions.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('the version that records name', () => {
  const files = versionFiles(root);

  it.each(files.map(({ file, expected }) => [file.slice(root.length), file, expected] as const))(
    '%s has the version of its package',
    (_name, file, expected) => expect(readFileSync(file, 'utf8')).toBe(expected),
  );

  it('is there for every package that writes records of its own', () => {
    const names = files.map(({ file }) => file.slice(root.length).split('/')[1]);
    expect(names).toEqual(expect.arrayContaining(['core-events', 'govern', 'mcp']));
  });

  it('is made of name and version', () => {
    expect(versionFile({ name: '@spanforge/scope', version: '2.1.0' })).toContain(
      "'spanforge-scope@2.1.0'",
    );
  });
});
