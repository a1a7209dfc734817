import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of dependencies and of tools; `.spanforge` holds the keys of the workspace. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  ...['.git', 'node_modules', '.sf-gate', '.spanforge'],
]);
const MAX_DEPTH = 128;

/** The files that a walk found, and what it skipped. */
export interface Walked {
  /** Paths of regular files below the root, with forward slashes, sorted. */
  readonly files: readonly string[];
  /** How many links, pipes and devices there were; they are never opened. */
  readonly special: number;
  /** Folders that could not be read. */
  readonly unreadable: readonly string[];
  /** True when there were more files than the limit. */
  readonly truncated: boolean;
}

/**
 * Lists the regular files below a folder. Links are not followed, so the walk never leaves the
 * folder and never loops; what cannot be read is reported.
 */
export async function walkFiles(
  root: string,
  maxFiles: number,
  signal: AbortSignal,
): Promise<Walked> {
  const files: string[] = [];
  const unreadable: string[] = [];
  let special = 0;
  let truncated = false;
  const visit = async (folder: string, depth: number): Promise<void> => {
    signal.throwIfAborted();
    let entries: Dirent[];
    try {
      entries = await readdir(join(root, folder), { withFileTypes: true });
    } catch {
      unreadable.push(folder === '' ? '.' : folder);
      return;
    }
    const folders: string[] = [];
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) folders.push(path);
      } else if (entry.isFile()) {
        if (files.length >= maxFiles) truncated = true;
        else files.push(path);
      } else {
        special += 1;
      }
    }
    for (const path of folders) {
      if (depth >= MAX_DEPTH) unreadable.push(path);
      else if (!truncated) await visit(path, depth + 1);
    }
  };
  await visit('', 0);
  files.sort();
  return { files, special, unreadable, truncated };
}
