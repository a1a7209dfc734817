import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The packages that pending changesets name, each with its bump.
 *
 * @throws {Error} when a changeset has no front matter.
 */
export function pendingReleases(root: string): ReadonlyMap<string, string> {
  const folder = join(root, '.changeset');
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder).filter((file) => /\.md$/.test(file) && file !== 'README.md');
  return new Map(
    files.flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const front = /^---\n([\s\S]*?)\n---\n/.exec(text)?.[1];
      if (front === undefined) throw new Error(`${file} has no front matter`);
      const lines = front.matchAll(/^["']?(.+?)["']?: *(major|minor|patch)$/gm);
      return [...lines].map(([, name = '', bump = '']) => [name, bump] as const);
    }),
  );
}
