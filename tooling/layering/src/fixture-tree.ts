import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkLayering } from './check.js';

/** Files by path, seen from the root; manifests as objects. */
export type Tree = Readonly<Record<string, string | object>>;

/** Writes a tree to a new folder, checks it, removes it. Gives `file:line rule` of each failure. */
export function failuresOf(tree: Tree): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'layering-'));
  try {
    for (const [path, content] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
      writeFileSync(join(root, path), text);
    }
    const failures = [...checkLayering(root).values()].flat();
    return failures.map(({ file, line, rule }) => `${file}:${line} ${rule}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** A manifest of a package of ours, with the given subpaths beside the root. */
export function manifestOf(
  name: string,
  sections: object = {},
  subpaths: readonly string[] = [],
): object {
  const exports = Object.fromEntries(
    ['index', ...subpaths].map((entry) => [
      entry === 'index' ? '.' : `./${entry}`,
      { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` },
    ]),
  );
  return { name: `@spanforge/${name}`, exports, ...sections };
}
