import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entries, firstCodeBlock, privateImport, readWorkspace, repositoryRoot } from './index.js';

describe('readWorkspace', () => {
  it('finds the packages of this repository', () => {
    const workspace = readWorkspace(repositoryRoot());
    const signing = workspace.find(({ folder }) => folder === 'packages/core-signing');
    expect(signing?.manifest.name).toBe('@spanforge/core-signing');
    expect(signing?.publishable).toBe(true);
    expect(existsSync(join(signing?.directory ?? '', 'package.json'))).toBe(true);
  });

  it('finds nothing in a group that does not exist', () => {
    expect(readWorkspace(repositoryRoot(), ['nowhere'])).toEqual([]);
  });
});

describe('entries', () => {
  it('maps each typed export to its source, nested conditions too, and leaves others out', () => {
    const exports = {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './yaml': { node: { types: './dist/yaml.d.ts', default: './dist/yaml.js' } },
      './package.json': './package.json',
    };
    expect(entries({ name: 'x', exports })).toEqual([
      { subpath: '.', source: 'src/index.ts', types: 'dist/index.d.ts' },
      { subpath: './yaml', source: 'src/yaml.ts', types: 'dist/yaml.d.ts' },
    ]);
    expect(entries({ name: 'x' })).toEqual([]);
  });
});

describe('privateImport', () => {
  it('takes the way a browser takes', () => {
    const imports = {
      '#platform': { node: './dist/platform/node.js', default: './dist/platform/browser.js' },
      '#nested': { browser: { default: './dist/a.js' }, default: './dist/b.js' },
      '#elsewhere': 'other-package',
    };
    const manifest = { name: 'x', imports };
    expect(privateImport(manifest, '#platform')).toBe('src/platform/browser.ts');
    expect(privateImport(manifest, '#nested')).toBe('src/a.ts');
    expect(privateImport(manifest, '#elsewhere')).toBeUndefined();
    expect(privateImport(manifest, '#missing')).toBeUndefined();
  });
});

describe('firstCodeBlock', () => {
  it('gives language, code and line of the first block', () => {
    const text = '# x\n\nSentence.\n\n```ts\nconst a = 1;\n```\n\n```sh\nls\n```\n';
    expect(firstCodeBlock(text)).toEqual({ language: 'ts', code: 'const a = 1;\n', line: 6 });
  });

  it('gives undefined without a closed block', () => {
    expect(firstCodeBlock('# x\n\n```ts\nconst a = 1;\n')).toBeUndefined();
    expect(firstCodeBlock('# x')).toBeUndefined();
  });
});
