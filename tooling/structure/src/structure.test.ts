import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@spanforge-tooling/workspace';
import { describe, expect, it } from 'vitest';
import { findCycles, sourceFolders } from './cycles.js';

const root = repositoryRoot();

describe('imports', () => {
  it('go in no cycle, those of types included', async () => {
    const { found, files, imports } = await findCycles(root, sourceFolders(root));
    // A search that looked at nothing finds nothing.
    expect(files).toBeGreaterThan(1000);
    expect(imports).toBeGreaterThan(files);
    expect(found).toEqual([]);
  }, 240_000);

  it('in a cycle are found, also when one of them is of a type', async () => {
    const tree = mkdtempSync(join(tmpdir(), 'cycles-'));
    try {
      mkdirSync(join(tree, 'src'));
      writeFileSync(
        join(tree, 'src/b.ts'),
        "import type { A } from './a.js';\nexport type B = A;\n",
      );
      writeFileSync(
        join(tree, 'src/a.ts'),
        "export type { B } from './b.js';\nexport type A = 1;\n",
      );
      const { found } = await findCycles(tree, ['src']);
      expect(found).toEqual(['src/a.ts > src/b.ts']);
    } finally {
      rmSync(tree, { recursive: true });
    }
  });
});

describe('exports, files and dependencies', () => {
  it('are used (knip; knip.jsonc has the exceptions)', () => {
    const script = join(import.meta.dirname, '../node_modules/knip/bin/knip.js');
    const looked = 'files,dependencies,unlisted,unresolved,exports,types,duplicates';
    const config = join(import.meta.dirname, '../knip.jsonc');
    const options = ['--config', config, '--include', looked, '--reporter', 'compact'];
    const knip = spawnSync(process.execPath, [script, ...options, '--no-progress'], {
      cwd: root,
      encoding: 'utf8',
      timeout: 230_000,
    });
    expect({ status: knip.status, out: knip.stdout.trim(), err: knip.stderr.trim() }).toEqual({
      status: 0,
      out: '',
      err: '',
    });
  }, 240_000);
});
