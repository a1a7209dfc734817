import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every file that is tracked, or would be with `git add .`, seen from the root. */
export function trackedFiles(root: string): readonly string[] {
  // A clone made by another user is fine to read: `safe.directory` is for this call only.
  const args = ['-c', 'safe.directory=*', 'ls-files', '-z', '-co', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return [...new Set(listed.split('\0'))].filter(
    (file) => file !== '' && existsSync(join(root, file)),
  );
}

/** The text of a file, or undefined when it is binary. */
export function readText(root: string, file: string): string | undefined {
  const content = readFileSync(join(root, file));
  return content.includes(0) ? undefined : content.toString('utf8');
}
